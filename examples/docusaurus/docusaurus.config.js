// The sample book as a documentation site. BACKEND is the address of its Glossator.
const backend = process.env.BACKEND ?? "http://localhost:8080";

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
  clientModules: ["./src/glossator.js"],
};
