// The sample book as a documentation site. BACKEND is the address of its Glossator.
const backend = process.env.BACKEND ?? "http://localhost:8080";

// Programs that fetch a page find the book's Markdown here; `glossator llms build` writes it.
const forPrograms = () => ({
  name: "for-programs",
  injectHtmlTags: () => ({
    preBodyTags: ['<a class="for-programs" href="/llms.txt" tabindex="-1" aria-hidden="true">All pages as Markdown</a>'],
  }),
});

export default {
  title: "How Glossator answers",
  url: process.env.SITE_URL ?? "http://localhost:3000",
  baseUrl: "/",
  onBrokenLinks: "throw",
  markdown: { format: "detect" },
  presets: [
    [
      "classic",
      {
        docs: { path: "../../sample-book", routeBasePath: "/" },
        blog: false,
        pages: false,
        theme: { customCss: "./src/glossator.css" },
      },
    ],
  ],
  scripts: [{ src: `${backend}/widget.js`, defer: true }],
  plugins: [forPrograms],
  clientModules: ["./src/glossator.js"],
};
