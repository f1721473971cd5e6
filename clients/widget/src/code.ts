import { common, createLowlight } from "lowlight";

/** Loaded when an answer contains code: the tokens of a code block as a tree of nodes. */
export const lowlight = createLowlight(common);
