/** A JSON body `{"inputs": ["…"]}`; the answer is one vector per input. */
export const TEXTS = "application/json";
/** The bytes of one picture; the answer is `[[…]]`. */
export const ONE_PICTURE = "application/x-image";
/** Many pictures as `packPictures` lays them out; only Likeness's own encoder server takes it. */
export const MANY_PICTURES = "application/vnd.likeness.pictures";
