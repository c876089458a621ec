// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { blocks } from "./markdown";

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  '<iframe src="https://evil.example"></iframe>',
  "<style>body{background:url(https://evil.example)}</style>",
  '<a href="javascript:alert(1)">x</a>',
  '<div style="background:url(https://evil.example)">x</div>',
  "<form action=https://evil.example><input name=a></form>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "<details open ontoggle=alert(1)>",
  "<base href=https://evil.example>",
  "<link rel=stylesheet href=https://evil.example>",
  '<object data="data:text/html,x"></object>',
  "<template><script>alert(1)</script></template>",
  "![x](https://evil.example/pixel.png)",
  "![x](data:image/svg+xml;base64,PHN2Zz4=)",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  '[x](https://evil.example "a\\" onmouseover=\\"alert(1)")',
  "<https://evil.example>",
  "[x][1]\n\n[1]: javascript:alert(1)",
  "`<img src=x onerror=alert(1)>`",
  "```\n</code></pre><script>alert(1)</script>\n```",
  "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
  "# <img src=x onerror=alert(1)>",
  "- <svg/onload=alert(1)>",
  "> <script>alert(1)</script>",
  '<p id="main" class="x" name="cookie">clobber</p>',
];
const HARMLESS = new Set(
  "P BR HR EM STRONG DEL CODE PRE BLOCKQUOTE UL OL LI H1 H2 H3 H4 H5 H6 TABLE THEAD TBODY TR TH TD".split(" "),
);

describe("Markdown keeps nothing that can act", () => {
  test.each(ATTACKS)("%s", (attack) => {
    const outputs = blocks(attack).flatMap((block) => (block.kind === "html" ? [block.html] : []));
    for (const output of outputs) {
      const host = document.createElement("div");
      host.innerHTML = output;
      for (const element of host.querySelectorAll("*")) {
        expect(HARMLESS).toContain(element.tagName);
        for (const attribute of element.attributes) expect(["start", "align"]).toContain(attribute.name);
      }
    }
  });
});

describe("Markdown shows what an engineer writes", () => {
  test.each([
    ["`code` and **bold**", "<p><code>code</code> and <strong>bold</strong></p>\n"],
    ["a < b && c", "<p>a &lt; b &amp;&amp; c</p>\n"],
    ["<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>\n"],
    ["see [the docs](https://example.org/a)", "<p>see the docs <code>https://example.org/a</code></p>\n"],
    ["![a picture](https://example.org/a.png)", "<p>a picture</p>\n"],
    ["3. third", '<ol start="3">\n<li>third</li>\n</ol>\n'],
  ])("%s", (source, expected) => {
    expect(blocks(source)).toEqual([{ kind: "html", html: expected }]);
  });

  test("code blocks come apart from the rest, with their language", () => {
    expect(blocks("a\n\n```python title=x\nreturn 1\n```\n\nb")).toEqual([
      { kind: "html", html: "<p>a</p>\n" },
      { kind: "code", lang: "python", code: "return 1" },
      { kind: "html", html: "<p>b</p>\n" },
    ]);
  });

  test("a growing answer changes its last block only", () => {
    const text = "First.\n\n```python\nx = 1\n```\n\nThen `y` and more";
    let before: string[] = [];
    for (let at = 1; at <= text.length; at++) {
      const now = blocks(text.slice(0, at)).map((block) => JSON.stringify(block));
      expect(now.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      before = now;
    }
  });
});
