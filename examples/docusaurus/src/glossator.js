// Adds the component once, beside the pages, so that the conversation goes on while the reader opens other pages.
// Docusaurus also runs this file without a browser.
if (typeof document !== "undefined") document.body.append(document.createElement("glossator-chat"));
