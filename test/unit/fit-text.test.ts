import { describe, expect, it } from "vitest";
import { fitText, halfOf } from "../../src/encoders/sagemaker/fit-text.js";

const PROMPT = "this is a {text}";
const BOTTLE =
  "AmazonBasics Stainless Steel Insulated Water Bottle with Spout Lid, 30-Ounce, 2-Pack. AmazonBasics. Home & Kitchen/Drinkware/Water " +
  "Bottles. Double-wall vacuum-insulated bottle keeps drinks cold (up to 24 hrs) or hot (up to 8 hrs); BPA-free; leak-proof spout lid";
const TOWELS =
  "Handtuchset aus reiner Bio-Baumwolle, 6-teilig, anthrazit. Möve. Heimtextilien/Badezimmer/Handtücher. Flauschig weiche " +
  "Walkfrottierware mit Streifenbordüre, besonders saugfähig und strapazierfähig, trocknergeeignet, waschbar bei 60 °C";
const FLASK = "不锈钢真空保温杯500毫升双层隔热黑色便携水杯带盖采用食品级304不锈钢内胆长效保温保冷十二小时";

describe("fitText", () => {
  it.each([["a red hat"], [""], ["  "], ["Rote Mütze aus Wolle, handgestrickt"], ["保温杯"], [BOTTLE.slice(0, 150)]])(
    "leaves %j whole",
    (text) => {
      expect(fitText(PROMPT, text)).toBe(text);
    },
  );

  // By OpenAI's CLIP tokenizer these are, prompt, start and end included, 60, 66 and 63 tokens of the 77 that it takes.
  it.each([
    [BOTTLE, BOTTLE.slice(0, BOTTLE.indexOf(" 8 hrs"))],
    [TOWELS, TOWELS.slice(0, TOWELS.indexOf(" besonders"))],
    [FLASK, "不锈钢真空保温杯500毫升双层隔热黑色便携水杯带"],
  ])("cuts %j at the end of a word, or of a character", (text, cut) => {
    expect(fitText(PROMPT, text)).toBe(cut);
  });

  it("leaves room for the prompt, as often as it has the text", () => {
    const text = "red ".repeat(100).trim();
    expect(fitText("{text}", text)).toBe("red ".repeat(70).trim());
    expect(fitText("a photo of {text}, and of {text}", text)).toBe("red ".repeat(32).trim());
    expect(fitText(`{text} ${"and more ".repeat(60)}`, text)).toBe("red");
  });

  it("never cuts within a character", () => {
    expect(fitText("{text}", "👟".repeat(100))).toBe("👟".repeat(17));
  });
});

describe("halfOf", () => {
  it("is the half of a text at a word's end, while its bytes may be over 75 tokens", () => {
    expect(halfOf(PROMPT, TOWELS)).toBe(
      "Handtuchset aus reiner Bio-Baumwolle, 6-teilig, anthrazit. Möve. Heimtextilien/Badezimmer/Handtücher. Flauschig",
    );
    expect(halfOf("{text}", "a".repeat(76))).toBe("a".repeat(38));
    expect(halfOf("{text}", "a".repeat(75))).toBeNull();
    expect(halfOf("{text}", "é".repeat(38))).toBe("é".repeat(19));
  });

  it("is never nothing, and never within a character", () => {
    expect(halfOf("{text}", `a${"👟".repeat(20)}`)).toBe(`a${"👟".repeat(9)}`);
    expect(halfOf("x".repeat(80), "👟")).toBeNull();
  });
});
