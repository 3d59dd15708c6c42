import { describe, expect, it } from "vitest";
import { describeConfig, loadConfig, unknownSettings } from "../../src/config.js";

describe("the settings of SageMaker", () => {
  it("need both endpoints, and only with that encoder", () => {
    expect(loadConfig({}).LIKENESS_ENCODER).toBe("onnx");
    expect(() => loadConfig({ LIKENESS_ENCODER: "sagemaker", LIKENESS_SAGEMAKER_TEXT_ENDPOINT: "t" })).toThrow(
      /LIKENESS_SAGEMAKER_IMAGE_ENDPOINT is not set: needed with LIKENESS_ENCODER=sagemaker/,
    );
    const both = { LIKENESS_SAGEMAKER_TEXT_ENDPOINT: "t", LIKENESS_SAGEMAKER_IMAGE_ENDPOINT: "i" };
    expect(loadConfig({ LIKENESS_ENCODER: "sagemaker", ...both }).LIKENESS_SAGEMAKER_PROMPT).toBe("this is a {text}");
  });

  it.each([
    ["LIKENESS_SAGEMAKER_PROMPT", "a photo"],
    ["LIKENESS_SAGEMAKER_TEXT_BATCH", "5000"],
    ["LIKENESS_SAGEMAKER_MAX_PAYLOAD_BYTES", "1000"],
    ["ENCODE_TYPE", "text"],
    ["LIKENESS_PUBLIC_URL", "https://cdn.example/?shop=1"],
    ["LIKENESS_HUB_URL", "hub.example"],
  ])("refuse %s=%s by name", (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(name);
  });

  it("lose the slash at the end of an address that paths are put behind", () => {
    expect(loadConfig({ LIKENESS_HUB_URL: "https://hub.example/models/" }).LIKENESS_HUB_URL).toBe("https://hub.example/models");
  });

  it("are told by --help, with their defaults and what is allowed", () => {
    expect(describeConfig()).toMatch(/LIKENESS_SAGEMAKER_TEXT_ENDPOINT .*\(no default\)/);
    expect(describeConfig()).toMatch(/LIKENESS_SAGEMAKER_TEXT_BATCH .*\(default 128; 1 to 1024\)/);
    expect(describeConfig()).toMatch(/LIKENESS_SAGEMAKER_TIMEOUT_MS .*\(default 15000; 1 to 2147483647\)/);
    expect(describeConfig()).toMatch(/LIKENESS_ENCODER .*\(default onnx; onnx, sagemaker\)/);
    expect(describeConfig()).toMatch(/LIKENESS_CURSOR_SECRET .*\(no default; at least 16 characters\)/);
  });
});

describe("mistakes", () => {
  it("are told with what was given, but for a secret", () => {
    expect(() => loadConfig({ LIKENESS_PUBLIC_URL: "shop.example", LIKENESS_CURSOR_SECRET: "hunter2" })).toThrow(
      "The configuration has mistakes:\n" +
        "  LIKENESS_CURSOR_SECRET: Too small: expected string to have >=16 characters\n" +
        '  LIKENESS_PUBLIC_URL="shop.example": give an http or https URL such as https://search.shop.example\n',
    );
  });
});

describe("numbers that nothing can hold", () => {
  const times = Array.from(describeConfig().matchAll(/^ {2}(LIKENESS_\w+_MS) /gm), ([, name]) => name as string);

  it("are refused as times, for a timer of Node's fires at once beyond 2^31 - 1 ms", () => {
    expect(times).toHaveLength(8);
    for (const name of times) {
      expect(() => loadConfig({ [name]: String(2 ** 31) }), name).toThrow(name);
      expect(loadConfig({ [name]: String(2 ** 31 - 1) })).toHaveProperty(name, 2 ** 31 - 1);
    }
  });

  it("are refused as sizes of the cache, for a Map holds 2^24", () => {
    expect(() => loadConfig({ LIKENESS_ENCODE_CACHE: String(2 ** 24 + 1) })).toThrow("LIKENESS_ENCODE_CACHE");
    expect(loadConfig({ LIKENESS_ENCODE_CACHE: String(2 ** 24) }).LIKENESS_ENCODE_CACHE).toBe(2 ** 24);
  });

  it("are refused as pixels, for the decoder would call such a picture broken", () => {
    expect(() => loadConfig({ LIKENESS_MAX_IMAGE_PIXELS: "268402690" })).toThrow('LIKENESS_MAX_IMAGE_PIXELS="268402690": Too big');
  });
});

describe("the keys of callers", () => {
  const KEY = "0123456789abcdef";

  it("are a list", () => {
    expect(loadConfig({ LIKENESS_WRITE_KEYS: ` ${KEY}, ${KEY}=, ` }).LIKENESS_WRITE_KEYS).toEqual([KEY, `${KEY}=`]);
    expect(loadConfig({}).LIKENESS_WRITE_KEYS).toEqual([]);
  });

  it("are refused where they could be guessed or sent wrong, and are not told with it", () => {
    for (const key of [KEY.slice(1), `${KEY.slice(1)}=`, `${KEY} and more`, `=${KEY}`, `${KEY}"`]) {
      const load = () => loadConfig({ LIKENESS_WRITE_KEYS: key });
      expect(load).toThrow(/LIKENESS_WRITE_KEYS: a key has at least 16 of the characters/);
      expect(load).not.toThrow(key);
    }
  });

  it("are no empty list, which would let everybody write", () => {
    for (const none of [" ", ",", " , \n"])
      expect(() => loadConfig({ LIKENESS_WRITE_KEYS: none })).toThrow("LIKENESS_WRITE_KEYS: has no entry");
    expect(loadConfig({ LIKENESS_WRITE_KEYS: "" }).LIKENESS_WRITE_KEYS).toEqual([]);
  });

  it("do not lock reading alone, for then everybody could write", () => {
    expect(() => loadConfig({ LIKENESS_READ_KEYS: KEY })).toThrow("LIKENESS_WRITE_KEYS");
    expect(loadConfig({ LIKENESS_READ_KEYS: KEY, LIKENESS_WRITE_KEYS: `${KEY}0` }).LIKENESS_READ_KEYS).toEqual([KEY]);
  });

  it("are of one kind each, for one that is given out to read would write", () => {
    const load = () => loadConfig({ LIKENESS_READ_KEYS: `${KEY}0, ${KEY}`, LIKENESS_WRITE_KEYS: KEY });
    expect(load).toThrow("  LIKENESS_READ_KEYS: one of them is in LIKENESS_WRITE_KEYS too");
  });
});

describe("the origins of pages", () => {
  it("are origins and nothing more", () => {
    const origins = ["https://shop.example", "http://localhost:3000"];
    expect(loadConfig({ LIKENESS_CORS_ORIGINS: origins.join(", ") }).LIKENESS_CORS_ORIGINS).toEqual(origins);
    for (const wrong of ["*", "shop.example", "https://shop.example/", "https://shop.example:443", "https://SHOP.example"]) {
      expect(() => loadConfig({ LIKENESS_CORS_ORIGINS: wrong }), wrong).toThrow(/LIKENESS_CORS_ORIGINS=.*like https:\/\/shop.example/);
    }
  });
});

describe("the port of the metrics", () => {
  it("is another than the gateway's", () => {
    const load = (PORT: string, LIKENESS_METRICS_PORT: string) => () => loadConfig({ PORT, LIKENESS_METRICS_PORT });
    expect(load("9000", "9000")).toThrow('LIKENESS_METRICS_PORT="9000": is PORT too');
    expect(load("0", "0")()).toMatchObject({ PORT: 0, LIKENESS_METRICS_PORT: 0 });
  });
});

describe("variables that are no setting", () => {
  it("are told, for they are misspelt ones", () => {
    const env = { LIKENESS_INDX: "opensearch", LIKENESS_PORT: "4001", LIKENESS_INDEX: "memory", PORT: "4001", INDX: "x" };
    expect(unknownSettings(env)).toEqual(["LIKENESS_INDX", "LIKENESS_PORT"]);
  });

  it("are not told where Kubernetes sets them for a Service of the gateway's name", () => {
    const env = {
      LIKENESS_PORT: "tcp://10.0.0.1:80",
      LIKENESS_PORT_80_TCP: "tcp://10.0.0.1:80",
      LIKENESS_PORT_80_TCP_ADDR: "10.0.0.1",
      LIKENESS_SERVICE_HOST: "10.0.0.1",
      LIKENESS_SERVICE_PORT: "80",
      LIKENESS_SHOP_SERVICE_PORT_HTTP: "80",
    };
    expect(unknownSettings(env)).toEqual([]);
  });
});
