/** Outlines on a grid of 24, drawn by strokes. */
export const ARROW_UP = "M12 19V5M6 11l6-6 6 6";
export const BOOK = "M12 7v13M12 7C10 5 7 4.5 3.5 4.5v13C7 17.5 10 18 12 20c2-2 5-2.5 8.5-2.5v-13C17 4.5 14 5 12 7z";
export const CROSS = "M6 6l12 12M18 6L6 18";
export const PLUS = "M12 5v14M5 12h14";
export const QUOTE = "M5 6h14M5 12h14M5 18h8";
export const SQUARE = "M8 8h8v8H8z";
