import type { FileHandle } from "node:fs/promises";
import yauzl from "yauzl";

const BLOCK_BYTES = 1024 * 1024;

/** Reads an archive's directory by blocks: the library wants each entry in two reads of some ten bytes. The file is closed with the archive. */
export class BlockReader extends yauzl.RandomAccessReader {
  private block: Buffer = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly file: FileHandle) {
    super();
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    const copied = this.copy(buffer, offset, length, position);
    // Out of the promise: what the callback throws is no failure of the read.
    copied.then(
      () => process.nextTick(callback, null),
      (error) => process.nextTick(callback, error),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    this.file.close().then(() => callback(null), callback);
  }

  private async copy(buffer: Buffer, offset: number, length: number, position: number): Promise<void> {
    const isRead = position >= this.start && position + length <= this.start + this.block.length;
    if (!isRead) {
      const { buffer: block, bytesRead } = await this.file.read(Buffer.alloc(Math.max(length, BLOCK_BYTES)), { position });
      this.block = block.subarray(0, bytesRead);
      this.start = position;
      if (bytesRead < length) throw new Error("unexpected end of the file");
    }
    this.block.copy(buffer, offset, position - this.start, position - this.start + length);
  }
}
