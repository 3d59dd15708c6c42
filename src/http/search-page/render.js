// The parts that the search page is made of. Texts of the catalogue go in as text, never as HTML.
import { LESS, MORE } from "./gateway.js";

/**
 * @param {import("./gateway.js").Hit} hit
 * @param {(weight: number) => void} onLike Told MORE or LESS.
 */
export function hitItem({ node, relevance }, onLike) {
  const item = document.createElement("li");
  const name = node.title || node.id;
  item.append(picture(node.images[0], name), title(node, name));
  const facts = [node.brand, node.price && money(node.price)].filter(Boolean).join(" · ");
  if (facts) item.append(line("p", facts));
  if (relevance !== null) {
    const meter = Object.assign(document.createElement("meter"), { value: relevance, title: `relevance ${relevance.toFixed(2)}` });
    item.append(meter);
  }
  const buttons = document.createElement("p");
  buttons.append(
    button("More like this", () => onLike(MORE), `More like this: ${name}`),
    " ",
    button("Less", () => onLike(LESS), `Less like ${name}`),
  );
  item.append(buttons);
  return item;
}

/**
 * @param {readonly import("./gateway.js").Facet[]} facets
 * @param {import("./gateway.js").Wanted} wanted Its brands and categories are those that are ticked, and changed here.
 * @param {() => void} onChange
 */
export function facetList(facets, wanted, onChange) {
  return facets.flatMap(({ field, buckets }) => {
    const list = field === "BRAND" ? "brands" : "categories";
    const chosen = wanted[list];
    // One that is ticked stays, so that it can be taken off again; how many have it is not known, as the facet holds the largest alone.
    const gone = chosen.filter((value) => !buckets.some((bucket) => bucket.value === value));
    const rows = [...gone.map((value) => ({ value, count: null })), ...buckets];
    if (rows.length === 0) return [];
    const group = document.createElement("fieldset");
    group.append(line("legend", field === "BRAND" ? "Brand" : "Category"));
    for (const { value, count } of rows) {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", name: field, value, checked: chosen.includes(value) });
      box.addEventListener("change", () => {
        const others = wanted[list].filter((each) => each !== value);
        wanted[list] = box.checked ? [...others, value] : others;
        onChange();
      });
      label.append(box, ` ${value} `, line("small", String(count ?? "")));
      group.append(label);
    }
    return [group];
  });
}

/** @param {string} name @param {string | null} imageUrl @param {() => void} onRemove */
export function partChip(name, imageUrl, onRemove) {
  const chip = document.createElement("span");
  chip.className = "chip";
  if (imageUrl) chip.append(Object.assign(document.createElement("img"), { src: imageUrl, alt: "" }));
  chip.append(name, button("×", onRemove, `Remove ${name}`));
  return chip;
}

/** @param {import("./gateway.js").Image | undefined} image @param {string} name */
function picture(image, name) {
  if (!image) return line("div", "no picture");
  const { url, width } = image;
  // Only the gateway's own come in smaller sizes.
  const smaller = width === null ? {} : { sizes: "14rem", srcset: `${url}?width=320 320w, ${url}?width=640 640w` };
  return Object.assign(document.createElement("img"), { alt: name, loading: "lazy", ...smaller, src: url });
}

/** @param {import("./gateway.js").Hit["node"]} node @param {string} name */
function title({ url }, name) {
  const heading = document.createElement("h2");
  // A catalogue may hold any URL; a script's must not run here.
  if (url && /^https?:/i.test(url)) heading.append(Object.assign(document.createElement("a"), { href: url, textContent: name }));
  else heading.textContent = name;
  return heading;
}

/** @param {{ amount: number, currency: string }} price */
function money({ amount, currency }) {
  return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
}

/** @param {string} tag @param {string} content */
function line(tag, content) {
  return Object.assign(document.createElement(tag), { textContent: content });
}

/** @param {string} content @param {() => void} onClick @param {string} [label] For those who cannot see it. */
function button(content, onClick, label) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: content });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", onClick);
  return made;
}
