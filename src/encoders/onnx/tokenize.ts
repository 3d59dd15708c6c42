import { Tokenizer } from "@huggingface/tokenizers";
import type { ModelDirectory } from "./model-directory.js";

/** Token ids of a batch, row by row: int64, shape `[texts, length]`; `mask` is 1 for a token and 0 for padding. */
export interface TokenBatch {
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
  readonly length: number;
}

interface TokenizerFile {
  readonly truncation?: { readonly max_length?: number } | null;
  readonly padding?: { readonly pad_id?: number; readonly strategy?: "BatchLongest" | { readonly Fixed: number } } | null;
}

/** What the model's graph of texts asks of the tokens. */
interface TextGraph {
  /** The token count that it is fixed to, if any. */
  readonly fixedLength?: number | null;
  readonly takesMask?: boolean;
}

/** Text beyond this many characters per allowed token is not looked at: it could not fit, and a megabyte takes seconds. */
const CHARS_PER_TOKEN = 64;

/**
 * Whether padding changes the embedding of a text, so that each needs as much of it as in training. SigLIP reads the last place of the row;
 * without a mask all places are read, but by CLIP's own tower, which looks back from the end of the text.
 */
function readsPadding({ model_type: type, text_config: text }: ModelDirectory["config"], takesMask: boolean): boolean {
  return type === "siglip" || type === "siglip2" || (!takesMask && text?.model_type !== "clip_text_model");
}

/** A model's own tokenizer, with the truncation and padding that its configs ask for. */
export class TextTokenizer {
  private readonly tokenizer: Tokenizer;
  private readonly maxTokens: number;
  private readonly padId: number;
  /** Set where the model knows texts of one length only. */
  private readonly fixedLength: number | null;
  private readonly prefix: readonly number[];
  private readonly suffix: readonly number[];
  /** The most tokens of a text, without those that the model puts around it. */
  private readonly room: number;

  /** Throws where these files cannot be those of a tokenizer, or leave no room for a text. */
  constructor(
    { tokenizer, tokenizerConfig, config }: Pick<ModelDirectory, "tokenizer" | "tokenizerConfig" | "config">,
    { fixedLength = null, takesMask = true }: TextGraph = {},
  ) {
    const file = tokenizer as TokenizerFile;
    this.tokenizer = new Tokenizer(tokenizer, tokenizerConfig);
    const strategy = file.padding?.strategy;
    const length = fixedLength ?? (typeof strategy === "object" ? strategy.Fixed : null);
    const limits = [
      length,
      file.truncation?.max_length,
      tokenizerConfig.model_max_length as number | undefined,
      config.text_config?.max_position_embeddings ?? config.max_position_embeddings,
    ];
    this.maxTokens = Math.min(512, ...limits.filter((limit): limit is number => typeof limit === "number"));
    this.fixedLength = length ?? (readsPadding(config, takesMask) ? this.maxTokens : null);
    this.padId = file.padding?.pad_id ?? this.idOf(tokenizerConfig.pad_token) ?? config.text_config?.pad_token_id ?? 0;
    if (!Number.isInteger(this.padId) || this.padId < 0) throw new Error(`the id of its padding is ${this.padId}, which is no token's`);
    [this.prefix, this.suffix] = this.findSpecialTokens();
    this.room = this.maxTokens - this.prefix.length - this.suffix.length;
    if (!Number.isInteger(this.room) || this.room < 1) {
      throw new Error(
        `a text may have ${this.maxTokens} tokens, of which ${this.prefix.length + this.suffix.length} stand around it: see its truncation ` +
          "and padding, model_max_length in tokenizer_config.json, max_position_embeddings in config.json, and the graph's input_ids",
      );
    }
  }

  /** The ids of one text, truncated so that the closing special tokens stay. */
  idsOf(text: string): number[] {
    const body = this.tokenizer.encode(text.slice(0, this.maxTokens * CHARS_PER_TOKEN), { add_special_tokens: false }).ids;
    return [...this.prefix, ...body.slice(0, this.room), ...this.suffix];
  }

  /** Two rows to try a graph with: a short text, and one that is as long, and whose ids are as high, as any can be. */
  sample(): TokenBatch {
    let highest = 0;
    for (const [token, id] of this.tokenizer.get_vocab(false)) if (token !== undefined && id > highest) highest = id;
    return this.toBatch([this.idsOf("a"), [...this.prefix, ...new Array<number>(this.room).fill(highest), ...this.suffix]]);
  }

  /** Pads to the longest of the batch: shorter batches are cheaper, and masked padding changes no embedding. */
  encode(texts: readonly string[]): TokenBatch {
    return this.toBatch(texts.map((text) => this.idsOf(text)));
  }

  private toBatch(rows: readonly (readonly number[])[]): TokenBatch {
    const length = this.fixedLength ?? Math.max(1, ...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(this.padId));
    const mask = new BigInt64Array(rows.length * length);
    rows.forEach((row, r) => {
      row.forEach((id, i) => {
        ids[r * length + i] = BigInt(id);
        mask[r * length + i] = 1n;
      });
    });
    return { ids, mask, length };
  }

  /** Which ids the model puts before and after a text, seen on a sample: the post-processors have many shapes. */
  private findSpecialTokens(): [number[], number[]] {
    const whole = this.tokenizer.encode("a").ids;
    const body = this.tokenizer.encode("a", { add_special_tokens: false }).ids;
    if (body.length === 0) throw new Error("it makes no token of a letter");
    for (let at = 0; at + body.length <= whole.length; at++) {
      if (body.every((id: number, i: number) => whole[at + i] === id)) return [whole.slice(0, at), whole.slice(at + body.length)];
    }
    return [[], []];
  }

  private idOf(token: unknown): number | undefined {
    const content = typeof token === "object" ? (token as { content?: string } | null)?.content : token;
    return typeof content === "string" ? this.tokenizer.token_to_id(content) : undefined;
  }
}
