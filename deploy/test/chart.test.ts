import { expect, test } from "vitest";
import { mistakesOf } from "./settings.js";
import { runTool } from "./tools.js";

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [member: string]: unknown;
}

interface Rendered {
  readonly refused?: string;
  readonly lint: string[];
  readonly schema: string[];
  readonly objects: KubernetesObject[];
}

/** The oldest version that the chart says it runs on, as far as schemas go, and the newest. */
const VERSIONS = ["1.25", "1.37"];

const rendered = new Map<string, Rendered>();

/** The chart with these values, rendered once. */
function render(values: object, version = "1.37"): Rendered {
  const input = JSON.stringify(values);
  const known = rendered.get(version + input);
  if (known) return known;
  const { status, stdout, stderr } = runTool("python", ["test/render_chart.py", "helm/likeness", version], input);
  expect(status, stderr).toBe(0);
  const result = JSON.parse(stdout);
  rendered.set(version + input, result);
  return result;
}

// biome-ignore lint/suspicious/noExplicitAny: the shapes of Kubernetes' objects were checked by its own schemas.
const only = (objects: KubernetesObject[], kind: string): any => {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0];
};

const EVERYTHING = {
  existingSecret: "shop-secret",
  imagePullSecrets: [{ name: "registry" }],
  ingress: { enabled: true, className: "nginx", host: "search.shop.example", tlsSecret: "shop-tls", annotations: { a: "b" } },
  serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/likeness" } },
  podAnnotations: { c: "d" },
  nodeSelector: { disk: "fast" },
  tolerations: [{ key: "search", operator: "Exists" }],
  affinity: { nodeAffinity: {} },
  settings: { LIKENESS_MAX_UPLOAD_BYTES: "20000000", LIKENESS_MERCHANDISING: "/shop/merchandising.json" },
  service: { type: "LoadBalancer", annotations: { e: "f" }, loadBalancerSourceRanges: ["10.0.0.0/8"] },
  volumes: [{ name: "shop", configMap: { name: "shop" } }],
  volumeMounts: [{ name: "shop", mountPath: "/shop" }],
};

test.each(VERSIONS)("with and without all that is optional it makes objects that Kubernetes %s knows", (version) => {
  const plain = render({}, version);
  expect(plain).toMatchObject({ lint: [], schema: [] });
  expect(plain.objects.map(({ kind }) => kind).sort()).toEqual(
    ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Secret", "Service", "ServiceAccount"].sort(),
  );
  const full = render(EVERYTHING, version);
  expect(full).toMatchObject({ lint: [], schema: [] });
  expect(full.objects.map(({ kind }) => kind)).toContain("Ingress");
});

test("the check by schema does look: limits that are no map do not pass", () => {
  const { schema } = render({ resources: { limits: "much" } });
  expect(schema.join()).toContain("much");
});

test("pods are not root, cannot become it, and write to their own folders only", () => {
  const { spec } = only(render({}).objects, "Deployment").spec.template;
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } });
  const [{ securityContext, volumeMounts }] = spec.containers;
  expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
  expect(volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(["/tmp", "/data"]);
  expect(spec.automountServiceAccountToken).toBe(false);
});

test("a folder of one's own is mounted beside those of the gateway, for settings that name a file", () => {
  const { spec } = only(render(EVERYTHING).objects, "Deployment").spec.template;
  expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual(["tmp", "data", "shop"]);
  expect(spec.containers[0].volumeMounts).toContainEqual({ name: "shop", mountPath: "/shop" });
});

test("who may call a load balancer of the cloud can be said, as the gateway has no users", () => {
  const { metadata, spec } = only(render(EVERYTHING).objects, "Service");
  expect(metadata.annotations).toEqual({ e: "f" });
  expect(spec).toMatchObject({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"] });
});

test.each(["on", "123"])("the name %s stays a text, wherever it is given", (name) => {
  const { lint, schema } = render({
    nameOverride: name,
    existingSecret: name,
    ingress: { enabled: true, host: "search.shop.example", className: name, tlsSecret: name },
  });
  expect({ lint, schema }).toEqual({ lint: [], schema: [] });
});

test("the probes ask what the gateway answers", () => {
  const [{ startupProbe, livenessProbe, readinessProbe }] = only(render({}).objects, "Deployment").spec.template.spec.containers;
  expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual(["/livez", "/livez", "/readyz"]);
});

test("no Service of the namespace makes a setting, as likeness-metrics would make LIKENESS_METRICS_PORT", () => {
  expect(only(render({}).objects, "Deployment").spec.template.spec.enableServiceLinks).toBe(false);
});

test("every selector finds the pods of the deployment", () => {
  const { objects } = render({});
  const { template, selector } = only(objects, "Deployment").spec;
  const { labels } = template.metadata;
  for (const chosen of [
    selector.matchLabels,
    only(objects, "Service").spec.selector,
    only(objects, "PodDisruptionBudget").spec.selector.matchLabels,
  ]) {
    expect(labels).toMatchObject(chosen);
  }
  expect(only(objects, "HorizontalPodAutoscaler").spec.scaleTargetRef.name).toBe(only(objects, "Deployment").metadata.name);
});

test("pods are spread over nodes too, where nodes have no zone", () => {
  const { topologySpreadConstraints } = only(render({}).objects, "Deployment").spec.template.spec;
  const keys = topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey);
  expect(keys).toEqual(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
});

test("a model may be downloaded before the gateway listens for as long as a Deployment waits for its pods", () => {
  const { spec } = only(render({}).objects, "Deployment");
  const [{ startupProbe }] = spec.template.spec.containers;
  // Kubernetes' own progressDeadlineSeconds, where a Deployment names none.
  expect(spec.progressDeadlineSeconds).toBeUndefined();
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(600);
});

test("a pod has memory for as many of the largest pictures as are decoded at a time, with a model beside them", () => {
  const { objects } = render({});
  const [{ resources }] = only(objects, "Deployment").spec.template.spec.containers;
  const pixels = Number(only(objects, "ConfigMap").data["LIKENESS_MAX_IMAGE_PIXELS"]);
  // Four at a time, of 25 bytes a pixel at most: docs/settings.md.
  expect(Number(/^(\d+)Gi$/.exec(resources.limits.memory)?.[1]) * 2 ** 30).toBeGreaterThan(4 * 25 * pixels + 1e9);
});

test("a fixed number of pods is set only where nothing else sets it", () => {
  expect(only(render({}).objects, "Deployment").spec.replicas).toBeUndefined();
  expect(only(render({ replicas: 3, autoscaling: { enabled: false } }).objects, "Deployment").spec.replicas).toBe(3);
});

test("a secret of one's own is used, and then none is made", () => {
  const { objects } = render({ existingSecret: "shop-secret" });
  expect(objects.map(({ kind }) => kind)).not.toContain("Secret");
  expect(only(objects, "Deployment").spec.template.spec.containers[0].envFrom).toContainEqual({ secretRef: { name: "shop-secret" } });
});

test("the secret that is made outlives an upgrade that names it as one's own, which Helm would delete it by", () => {
  expect(only(render({}).objects, "Secret").metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
});

test.each([
  [{}, "shop-likeness-secret"],
  [{ existingSecret: "shop-secret" }, "shop-secret"],
])("pods start with a cursor secret that they share and a key to write, or not at all: %o", (values, name) => {
  const [{ env }] = only(render(values).objects, "Deployment").spec.template.spec.containers;
  const keys = ["LIKENESS_CURSOR_SECRET", "LIKENESS_WRITE_KEYS"];
  expect(env).toEqual(keys.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name, key } } })));
});

test("the settings of the values, and those made, are settings of the gateway", () => {
  const { objects } = render(EVERYTHING);
  expect(only(objects, "ConfigMap").data["LIKENESS_MAX_UPLOAD_BYTES"]).toBe("20000000");
  const made: [string, string][] = Object.entries(only(render({}).objects, "Secret").data);
  const secrets = Object.fromEntries(made.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]));
  expect(Object.keys(secrets)).toEqual(["LIKENESS_CURSOR_SECRET", "LIKENESS_WRITE_KEYS"]);
  expect(mistakesOf({ ...only(objects, "ConfigMap").data, ...secrets })).toEqual([]);
});

const TLS = { enabled: true, host: "search.shop.example", tlsSecret: "shop-tls" };

test.each([
  ["an ingress that ends TLS", { ingress: TLS }, "https://search.shop.example"],
  ["a URL of one's own", { ingress: TLS, settings: { LIKENESS_PUBLIC_URL: "https://cdn.example" } }, "https://cdn.example"],
  ["an ingress without TLS", { ingress: { ...TLS, tlsSecret: "" } }, undefined],
  ["an ingress that is off", { ingress: { ...TLS, enabled: false } }, undefined],
  ["a host that is no address", { ingress: { ...TLS, host: "*.shop.example" } }, undefined],
])("the address in URLs of pictures, with %s", (_, values, url) => {
  expect(only(render(values).objects, "ConfigMap").data["LIKENESS_PUBLIC_URL"]).toBe(url);
});

test("another host means new pods, as its settings are others", () => {
  const checksum = (host: string) =>
    only(render({ ingress: { ...TLS, host } }).objects, "Deployment").spec.template.metadata.annotations["checksum/settings"];
  expect(checksum("a.shop.example")).not.toBe(checksum("b.shop.example"));
});

test.each([
  [{ replica: 2 }, "replica"],
  [{ settings: { LIKENESS_INDEX: "lancedb" } }, "LIKENESS_INDEX"],
  [{ settings: { LIKENESS_OPENSEARCH_PASSWORD: "secret" } }, "LIKENESS_OPENSEARCH_PASSWORD"],
  [{ settings: { LIKENESS_WRITE_KEYS: "0123456789abcdef" } }, "LIKENESS_WRITE_KEYS"],
  [{ settings: { LIKENESS_MAX_UPLOAD_BYTES: 20_000_000 } }, "LIKENESS_MAX_UPLOAD_BYTES"],
  [{ ingress: { enabled: true } }, "host"],
  [{ ingress: { enabled: true, host: "https://search.shop.example" } }, "host"],
  [{ service: { port: 0 } }, "port"],
  [{ settings: { PORT: "8080" } }, "PORT"],
  [{ settings: { LIKENESS_HOST: "127.0.0.1" } }, "LIKENESS_HOST"],
  [{ settings: { LIKENESS_PICTURES: "disk" } }, "volumeMounts"],
  [{ nameOverride: "My_Shop" }, "nameOverride"],
  [{ autoscaling: { minReplicas: 11 } }, "maxReplicas"],
  [{ podDisruptionBudget: { maxUnavailable: "one" } }, "maxUnavailable"],
])("values that cannot work are refused: %o", (values, name) => {
  expect(render(values).refused).toContain(name);
});
