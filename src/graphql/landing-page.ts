import type { ApolloServerPlugin, BaseContext } from "@apollo/server";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";

/** What Sandbox opens with. */
const FIRST_OPERATION = `query Search($text: String = "camera tripod") {
  searchProducts(text: $text, first: 5) {
    edges {
      relevance
      node {
        id
        title
        imageUrl
      }
    }
    totalCount
  }
}
`;

/**
 * Apollo Sandbox for browsers. Its script comes from Apollo's site; where that cannot be reached, the page leads to `/search` instead,
 * which needs no network.
 */
export function landingPage(): ApolloServerPlugin<BaseContext> {
  const sandbox = ApolloServerPluginLandingPageLocalDefault({
    document: FIRST_OPERATION,
    // Nobody here was asked whether their browser may report to Apollo.
    embed: { runTelemetry: false },
    footer: false,
  });
  return {
    ...sandbox,
    async serverWillStart(service) {
      const started = await sandbox.serverWillStart?.(service);
      const page = await started?.renderLandingPage?.();
      if (!started || !page) throw new Error("Apollo Server has no landing page any more.");
      const html = async () => withWayOut(typeof page.html === "string" ? page.html : await page.html());
      return { ...started, renderLandingPage: async () => ({ html }) };
    },
  };
}

/** The empty place of Sandbox lies over everything else and would take the clicks. */
function withWayOut(html: string): string {
  const nonce = /<style nonce="?([0-9a-f]+)/.exec(html)?.[1] ?? "";
  const style = `<style nonce="${nonce}">#embeddableSandbox:empty { display: none; }</style>`;
  const link = '<p class="fallback"><a href="search">Search by words and pictures</a> needs no network.</p>';
  return html.replace("</body>", `${style}${link}</body>`);
}
