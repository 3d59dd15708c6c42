/** What shops call the option by which the variants of a product look different. */
const COLOUR = /^(?:colou?rs?|farben?|couleurs?|colore|kleur|färg|farve|farge|väri|kolor|cor|barva|цвет|色|カラー)$/i;

export function isColour(option: string): boolean {
  return COLOUR.test(option.trim());
}

/** The end of a product's id that tells its colour: `Sea Green` is `sea-green`. */
export function slug(colour: string): string {
  const words = colour.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.replace(/^-|-$/g, "") || colour.trim();
}

/** The id of the product that a parent's variants of one colour are; of the parent itself where it has one colour or none. */
export function lookId(parent: string, colour: string | null, looks: number): string {
  return looks > 1 && colour ? `${parent}/${slug(colour)}` : parent;
}

/** The title of such a product: buyers ask for the colour in words, so it stands in the title. */
export function lookTitle(title: string, colour: string | null, looks: number): string {
  return looks > 1 && colour ? `${title}, ${colour.trim()}` : title;
}
