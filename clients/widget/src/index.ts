/** The entry of `widget.js`. Importing it without a browser does nothing; loading it twice is harmless. */
import { GlossatorChat } from "./element.ts";

const NAME = "glossator-chat";

if (typeof customElements !== "undefined" && !customElements.get(NAME)) customElements.define(NAME, GlossatorChat);
