// Pictures for uploads, made without a library: a PNG of one colour, or of two.
import { deflateSync } from "node:zlib";
import type { Locator } from "@playwright/test";

type Colour = [number, number, number];

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "ascii"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function png(width: number, height: number, colourAt: (x: number) => Colour): Buffer {
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) row.set(colourAt(x), 1 + x * 3);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.concat(Array(height).fill(row)))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

export const picture = (width: number, height: number, colour: Colour = [212, 98, 47]): Buffer => png(width, height, () => colour);

// Red on the left, blue on the right.
export const twoHalves = (width: number, height: number): Buffer =>
  png(width, height, (x) => (x < width / 2 ? [220, 20, 20] : [20, 20, 220]));

// Whether a picture on the page is red or blue in its left and right part, or mixed.
export async function colourOf(image: Locator): Promise<string> {
  await image.evaluate((img: HTMLImageElement) => img.decode());
  return image.evaluate((img: HTMLImageElement) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(img, 0, 0);
    const at = (share: number) => context.getImageData(Math.floor(canvas.width * share), canvas.height / 2, 1, 1).data;
    const name = (pixel: Uint8ClampedArray) => (pixel[0]! > pixel[2]! ? "red" : "blue");
    const [left, right] = [name(at(0.05)), name(at(0.95))];
    return left === right ? left : "mixed";
  });
}
