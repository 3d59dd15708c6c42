import { largeIndex } from "./large-small.js";

console.log(await largeIndex());
