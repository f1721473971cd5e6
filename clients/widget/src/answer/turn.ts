import { h } from "../dom.ts";
import type { TurnOptions, TurnView } from "../turn.ts";

export function createTurn({ question, texts, actions }: TurnOptions): TurnView {
  const text = h("p");
  const element = h("article", { class: "turn" }, h("h3", {}, question), text);
  return {
    element,
    sources: () => undefined,
    delta: (more) => text.append(more),
    final: (answer) => {
      text.textContent = answer.response;
      element.append(h("button", { class: "quiet", click: () => actions.rate("down") }, "down"));
    },
    fail: (problem) => element.append(problem.detail, h("button", { click: actions.retry }, texts("retry"))),
  };
}
