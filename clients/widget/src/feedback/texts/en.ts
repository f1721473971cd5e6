/** The texts of the form for feedback, which few readers open. */
export const en = {
  "dir": "ltr",
  "title.up": "Thank you. What was good?",
  "title.down": "Thank you. What was wrong?",
  "title.citation": "Citation {n} does not prove this",
  "reason": "Reason",
  "incorrect": "It is wrong",
  "not_what_i_asked": "It is not what I asked",
  "slow_or_buggy": "It is slow or broken",
  "style_or_tone": "Style or tone",
  "safety_or_legal": "Unsafe or unlawful",
  "other": "Something else",
  "note": "Note (optional)",
  "send": "Send",
  "withdraw": "Withdraw",
  "sent": "Sent. Thank you.",
  "withdrawn": "Withdrawn.",
  "change": "Change",
};

export type Key = keyof typeof en;
