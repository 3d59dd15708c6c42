/** As much as is used here of what JavaScript has and TypeScript describes for browsers alone. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Memory {
      constructor(pages: { initial: number; maximum: number });
      readonly buffer: ArrayBuffer;
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, unknown>;
    }
  }
}

const PAGE_BYTES = 65_536;
/** What 32 bits can address. */
export const MAX_MEMORY_BYTES = 65_536 * PAGE_BYTES;

/** WebAssembly that is given its memory. It is written as text, in `.wat` files; `npm run generate` assembles these. */
export class WasmModule {
  private compiled: WebAssembly.Module | null = null;

  /** `assembled` in base64. */
  constructor(private readonly assembled: string) {}

  /** The functions of the module, by name, on a memory of their own of so many bytes or somewhat more. */
  instantiate<Functions>(bytes: number): { readonly buffer: ArrayBuffer; readonly functions: Functions } {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.compiled ??= new WebAssembly.Module(Buffer.from(this.assembled, "base64"));
    const { exports } = new WebAssembly.Instance(this.compiled, { likeness: { memory } });
    return { buffer: memory.buffer, functions: exports as Functions };
  }
}
