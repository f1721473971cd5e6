const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/gu;
const LETTER = /\p{L}/gu;
const CODE = /```[^]*?(?:```|$)|`[^`]*`/g;
/** Names and terms in Latin letters are common in right-to-left answers; the opposite is rare. */
const RTL_SHARE = 0.3;

/** The direction in which most of the text is read. Code counts for nothing. */
export function directionOf(text: string): "ltr" | "rtl" {
  const prose = text.replace(CODE, " ");
  const letters = prose.match(LETTER)?.length ?? 0;
  return (prose.match(RTL)?.length ?? 0) > letters * RTL_SHARE ? "rtl" : "ltr";
}
