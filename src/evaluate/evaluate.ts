import type { Encoder, ProductIndex } from "../domain/ports.js";
import { type Calibration, relevanceAt } from "../domain/relevance.js";
import type { SearchProducts } from "../search/search-products.js";
import { type CalibrationReport, fitCalibration, pairsOf, reportCalibration } from "./calibrate.js";
import type { PictureOf } from "./contact-sheet.js";
import { readEmbedded } from "./embedded-product.js";
import { encodeTexts } from "./encode-texts.js";
import {
  categoryQueries,
  type JudgedProduct,
  type PictureQuery,
  productQueries,
  type TextQuery,
  titleQueries,
} from "./evaluation-query.js";
import { type LatencyReport, measureLatency } from "./latency.js";
import { sample } from "./sample.js";
import { measureSpace, type SpaceReport } from "./space.js";
import { type Asking, type Quality, type QueryOutcome, qualityOf, runTask } from "./task.js";

/** The parts of a gateway that is filled with the catalogue under evaluation. */
export interface EvaluatedGateway {
  readonly search: Pick<SearchProducts, "search">;
  readonly index: Pick<ProductIndex, "get">;
  readonly encoder: Pick<Encoder, "encodeTexts" | "encodeImages">;
  readonly calibration: Calibration | null;
}

export interface EvaluateOptions {
  /** Asked in place of the queries that the catalogue itself gives. */
  readonly queries: { readonly texts: readonly TextQuery[]; readonly pictures: readonly PictureQuery[] } | null;
  /** Texts of a category, `{}` standing for its name. */
  readonly templates: readonly string[];
  /** How many hits of a query are looked at. */
  readonly depth: number;
  /** Most queries of one kind; of more, some are drawn. */
  readonly maxQueries: number;
  /** The share of relevant pairs for which relevance is calibrated, above 0 and below 1. */
  readonly prior: number;
  readonly pictureOf: PictureOf;
}

/** The ways of searching that are judged. */
export const TASKS = ["textToImage", "titleToImage", "imageToImage", "textToProduct"] as const;
export type Task = (typeof TASKS)[number];

export interface Evaluation {
  readonly products: { readonly total: number; readonly withPicture: number; readonly withWords: number };
  /** Null for a task that the catalogue or the queries do not allow. */
  readonly quality: Readonly<Record<Task, Quality | null>>;
  readonly space: SpaceReport;
  /** Measured on the half of the products that the fitted curves have not seen. */
  readonly calibration: { readonly prior: number; readonly model: CalibrationReport | null; readonly fitted: CalibrationReport };
  readonly latency: LatencyReport;
}

export interface EvaluationResult {
  readonly evaluation: Evaluation;
  /** Curves fitted to one half of the products. */
  readonly fitted: Calibration;
  /** What was asked and found, for a closer look. */
  readonly outcomes: Readonly<Record<Task, readonly QueryOutcome[]>>;
}

const LATENCY_CALLS = 50;

/** Asks a gateway that holds `judged` what it ought to be able to answer, and judges the answers. */
export async function evaluate(
  gateway: EvaluatedGateway,
  judged: readonly JudgedProduct[],
  options: EvaluateOptions,
): Promise<EvaluationResult> {
  const { search, encoder, calibration } = gateway;
  const { depth, maxQueries, prior, templates } = options;
  const products = await readEmbedded(gateway.index, judged);
  const pictured = products.filter(({ imageEmbedding }) => imageEmbedding !== null);
  const worded = products.filter(({ textEmbedding }) => textEmbedding !== null);
  const [all, inPictures] = [products, pictured].map((each) => new Set(each.map(({ id }) => id))) as [Set<string>, Set<string>];

  const texts = sample(options.queries?.texts ?? categoryQueries(products, templates), maxQueries, ({ name }) => name);
  const titles = options.queries ? [] : sample(titleQueries(pictured), maxQueries, ({ name }) => name);
  const pictures: readonly PictureQuery[] = options.queries
    ? sample(options.queries.pictures, maxQueries, ({ name }) => name)
    : sample(productQueries(pictured), maxQueries, ({ asked }) => asked.similarTo);

  const wordCurve = calibration?.wordToImage;
  // A ready embedding is compared with pictures alone, where the text itself would be compared with words too. The gateway
  // takes it for a picture's, so its relevance is told here.
  const toEmbeddings: Asking<TextQuery> = {
    toParts: async (queries) => {
      const embeddings = await encodeTexts(encoder, queries.map(textOf));
      return embeddings.map((embedding) => ({ embedding: Array.from(embedding) }));
    },
    relevanceOf: ({ hit }) => (wordCurve && hit.similarity !== null ? relevanceAt(wordCurve, hit.similarity) : null),
  };
  const asTheyAre: Asking<TextQuery | PictureQuery> = {
    // It is the model that is judged, not the words that queries and products share.
    toParts: async (queries) => queries.map(({ asked }) => ({ ...asked, mode: "SEMANTIC" })),
    relevanceOf: ({ relevance }) => relevance,
  };
  const outcomes = {
    textToImage: await runTask(search, texts, inPictures, depth, toEmbeddings),
    titleToImage: await runTask(search, titles, inPictures, depth, toEmbeddings),
    imageToImage: await runTask(search, pictures, inPictures, depth, asTheyAre),
    textToProduct: worded.length > 0 ? await runTask(search, texts, all, depth, asTheyAre) : [],
  };

  const words = texts.length > 0 ? texts : titles;
  const embeddings = await encodeTexts(encoder, words.map(textOf));
  const embeddedWords = embeddings.map((embedding, i) => ({ query: words[i] as TextQuery, embedding }));
  // A title is among the product's own words: it tells nothing of how near other words come to them.
  const paired = words === titles ? products.map((each) => ({ ...each, textEmbedding: null })) : products;
  const [fit, check] = pairsOf(embeddedWords, paired);
  const fitted = fitCalibration(fit, prior);

  const timedPictures = sample(pictured, LATENCY_CALLS, ({ id }) => id).map(({ id }) => options.pictureOf(id));
  const timedTexts = sample([...new Set(words.map(textOf))], LATENCY_CALLS, (text) => text);
  return {
    evaluation: {
      products: { total: products.length, withPicture: pictured.length, withWords: worded.length },
      quality: {
        textToImage: qualityOf(outcomes.textToImage, depth),
        titleToImage: qualityOf(outcomes.titleToImage, depth),
        imageToImage: qualityOf(outcomes.imageToImage, depth),
        textToProduct: qualityOf(outcomes.textToProduct, depth),
      },
      space: await measureSpace(encoder, pictured, templates),
      calibration: {
        prior,
        model: calibration && reportCalibration(calibration, check, prior),
        fitted: reportCalibration(fitted, check, prior),
      },
      latency: await measureLatency(
        encoder,
        search,
        timedTexts,
        (await Promise.all(timedPictures)).filter((picture) => picture !== null),
      ),
    },
    fitted,
    outcomes,
  };
}

function textOf({ asked }: TextQuery): string {
  return asked.text;
}
