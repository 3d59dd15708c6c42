// The search page: what is wanted is kept in `wanted`, and every change of it asks the gateway anew.
import { fromAddress, toAddress } from "./address.js";
import { GatewayError, SEARCH, search, searchVariables, suggest } from "./gateway.js";
import { facetList, hitItem, partChip } from "./render.js";

// Relative to the page, so that it holds behind a proxy that serves the gateway below a path.
const ENDPOINT = new URL("graphql", document.baseURI).href;
const KEY = "likeness-key";
const TYPING_PAUSE_MS = 150;

/** @type {import("./gateway.js").Wanted} */
const wanted = { ...addressed(), picture: null, balance: 0.5 };
/** @type {string | null} */
let after = null;
let asking = new AbortController();
let suggesting = new AbortController();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
let pictureUrl = "";

const text = /** @type {HTMLInputElement} */ (byId("text"));
const picture = /** @type {HTMLInputElement} */ (byId("picture"));
const keyForm = /** @type {HTMLFormElement} */ (byId("key"));
const facets = byId("facets");
const hits = byId("hits");
const more = /** @type {HTMLButtonElement} */ (byId("more"));
const told = byId("told");

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  changed();
});
text.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(fillSuggestions, TYPING_PAUSE_MS);
});
picture.addEventListener("change", () => takePicture(picture.files));
document.addEventListener("dragover", (event) => {
  if (bringsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  takePicture(event.dataTransfer?.files);
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) takePicture(event.clipboardData.files);
});
more.addEventListener("click", () => ask(after));
keyForm.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, /** @type {HTMLInputElement} */ (keyForm.querySelector("input")).value);
  ask(null);
});
addEventListener("popstate", () => {
  Object.assign(wanted, addressed());
  begin();
});
begin();

/** What the address asks for, with the titles that the page knew when it went there. */
function addressed() {
  const held = fromAddress(location.search);
  return { ...held, products: history.state?.products ?? held.products };
}

function begin() {
  text.value = wanted.text;
  showParts();
  ask(null);
}

/**
 * Words that are dragged into the box are left to the browser.
 * @param {DragEvent} event
 */
function bringsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {FileList | null | undefined} files */
function takePicture(files) {
  const [file] = files ?? [];
  if (!file) return;
  setPicture(file);
  changed();
}

/** @param {File | null} file */
function setPicture(file) {
  URL.revokeObjectURL(pictureUrl);
  pictureUrl = file ? URL.createObjectURL(file) : "";
  wanted.picture = file;
  // Else the same file could not be chosen again.
  picture.value = "";
}

/** Words that were typed and not sent yet count as well: the page shows them as what it searched for. */
function changed() {
  wanted.text = text.value;
  const address = toAddress(wanted);
  // One step back is one search back; a picture, which is in no address, makes no step.
  if (address !== toAddress(fromAddress(location.search))) {
    history.pushState({ products: wanted.products }, "", address || location.pathname);
  }
  showParts();
  ask(null);
}

function showParts() {
  const chips = wanted.products.map((product) =>
    partChip(`${product.weight < 0 ? "less" : "more"} like ${product.title || product.id}`, null, () => {
      wanted.products = wanted.products.filter((each) => each !== product);
      changed();
    }),
  );
  if (wanted.picture) {
    const chip = partChip(wanted.picture.name, pictureUrl, () => {
      setPicture(null);
      changed();
    });
    chips.unshift(chip);
    if (wanted.text.trim()) chips.push(balanceSlider());
  }
  byId("parts").replaceChildren(...chips);
}

function balanceSlider() {
  const label = document.createElement("label");
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: "0", max: "1", step: "0.1", value: String(wanted.balance) });
  slider.addEventListener("change", () => {
    wanted.balance = Number(slider.value);
    ask(null);
  });
  label.append("words ", slider, " picture");
  return label;
}

/** @param {string | null} from The cursor after which the page begins; null for the first one. */
async function ask(from) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  told.className = "";
  told.textContent = "Searching …";
  // The cursor at hand is of the search before, and no other takes it.
  if (from === null) more.hidden = true;
  showRequest(from);
  try {
    show(await search(ENDPOINT, wanted, { after: from, key: sessionStorage.getItem(KEY), signal }), from);
  } catch (error) {
    if (!signal.aborted) tell(error, from);
  }
}

/** @param {import("./gateway.js").Page} page @param {string | null} from */
function show(page, from) {
  keyForm.hidden = true;
  const items = page.edges.map((hit) =>
    hitItem(hit, (weight) => {
      const { id, title } = hit.node;
      wanted.products = [...wanted.products.filter((each) => each.id !== id), { id, title, weight }];
      scrollTo({ top: 0 });
      changed();
    }),
  );
  if (from === null) hits.replaceChildren(...items);
  else hits.append(...items);
  after = page.pageInfo.endCursor;
  more.hidden = !page.pageInfo.hasNextPage;
  if (from === null) showFacets(page.facets);
  const count = { EXACT: "", LOWER_BOUND: "at least ", CANDIDATES: "the best " }[page.totalCountRelation] + page.totalCount;
  told.textContent = [
    `${count} ${page.totalCount === 1 ? "product" : "products"}, ${page.modeUsed}, ${Math.round(page.tookMs)} ms`,
    ...page.degradedReasons,
  ].join(" · ");
}

/** @param {import("./gateway.js").Facet[]} found */
function showFacets(found) {
  const left = /** @type {HTMLInputElement | null} */ (facets.querySelector("input:focus"));
  facets.replaceChildren(...facetList(found, wanted, changed));
  if (!left) return;
  // Whoever goes by keyboard stays where they ticked, instead of at the top of the page.
  const boxes = Array.from(facets.querySelectorAll("input"));
  boxes.find(({ name, value }) => name === left.name && value === left.value)?.focus();
}

/** @param {unknown} error @param {string | null} from */
function tell(error, from) {
  const code = error instanceof GatewayError ? error.code : "NO_ANSWER";
  if (code === "UNAUTHENTICATED" || code === "FORBIDDEN") keyForm.hidden = false;
  if (from === null) hits.replaceChildren();
  more.hidden = from === null;
  told.className = "error";
  told.textContent = `${code}: ${error instanceof Error ? error.message : error}`;
}

/** @param {string | null} from */
function showRequest(from) {
  byId("document").textContent = SEARCH;
  byId("variables").textContent = JSON.stringify(searchVariables(wanted, from).variables, null, 2);
}

async function fillSuggestions() {
  suggesting.abort();
  suggesting = new AbortController();
  const { signal } = suggesting;
  const prefix = text.value.trim();
  // 200 characters are allowed; whoever has typed so many is past suggestions.
  if (!prefix || prefix.length > 200) return;
  // What is wrong is told by the search itself.
  const found = await suggest(ENDPOINT, prefix, { key: sessionStorage.getItem(KEY), signal }).catch(() => []);
  if (signal.aborted) return;
  byId("suggestions").replaceChildren(...found.map((each) => Object.assign(document.createElement("option"), { value: each })));
}

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
