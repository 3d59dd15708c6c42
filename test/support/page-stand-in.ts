import { vi } from "vitest";

/** As much of an element as the search page uses; what no test looks at is a plain property. */
class Element extends EventTarget {
  children: (Element | string)[] = [];
  value = "";
  name = "";
  checked = false;
  hidden = false;
  textContent = "";
  files: File[] = [];
  readonly attributes = new Map<string, string>();

  constructor(
    readonly tag: string,
    private readonly page: { activeElement: Element | null },
  ) {
    super();
  }

  append(...nodes: (Element | string)[]): void {
    this.children.push(...nodes);
  }

  replaceChildren(...nodes: (Element | string)[]): void {
    const { activeElement } = this.page;
    // As in a browser, what is taken out of the page loses the focus.
    if (activeElement && this.within().includes(activeElement)) this.page.activeElement = null;
    this.children = nodes;
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  focus(): void {
    this.page.activeElement = this;
  }

  /** Knows a tag, and `:focus` after it. */
  querySelectorAll(selector: string): Element[] {
    const [tag, focus] = selector.split(":");
    return this.within().filter((each) => each.tag === tag && (!focus || each === this.page.activeElement));
  }

  querySelector(selector: string): Element | null {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  private within(): Element[] {
    const elements = this.children.filter((child) => typeof child !== "string");
    return elements.flatMap((element) => [element, ...element.within()]);
  }
}

/** A browser's globals as the search page at `url` finds them, with `key` given to the gateway; `vi.unstubAllGlobals` takes them away. */
export function standInPage(url: string, key: string) {
  const byId = new Map<string, Element>();
  const page = Object.assign(new EventTarget(), {
    baseURI: url,
    activeElement: null as Element | null,
    createElement: (tag: string) => new Element(tag, page),
    getElementById: (id: string) => {
      const element = byId.get(id) ?? new Element(id, page);
      byId.set(id, element);
      return element;
    },
  });
  page.getElementById("key").append(page.createElement("input"));
  const location = { search: new URL(url).search, pathname: new URL(url).pathname };
  const went: string[] = [];
  const window = new EventTarget();
  const history = {
    state: null as unknown,
    pushState: (state: unknown, _unused: string, to: string) => {
      history.state = state;
      location.search = to.startsWith("?") ? to : "";
      went.push(to);
    },
  };
  vi.stubGlobal("document", page);
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", history);
  vi.stubGlobal("sessionStorage", { getItem: () => key });
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  /** Shows an address that the page was at, as the browser's back button does. */
  const goBack = (search: string) => {
    history.state = null;
    location.search = search;
    window.dispatchEvent(new Event("popstate"));
  };
  return { page, went, goBack };
}
