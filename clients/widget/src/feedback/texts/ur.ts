import type { Key } from "./en.ts";

export const ur: Readonly<Record<Key, string>> = {
  "dir": "rtl",
  "title.up": "شکریہ۔ کیا اچھا تھا؟",
  "title.down": "شکریہ۔ کیا غلط تھا؟",
  "title.citation": "حوالہ {n} اسے ثابت نہیں کرتا",
  "reason": "وجہ",
  "incorrect": "یہ غلط ہے",
  "not_what_i_asked": "میں نے یہ نہیں پوچھا تھا",
  "slow_or_buggy": "سست ہے یا خراب ہے",
  "style_or_tone": "انداز یا لہجہ",
  "safety_or_legal": "غیر محفوظ یا غیر قانونی",
  "other": "کچھ اور",
  "note": "نوٹ (اختیاری)",
  "send": "بھیجیں",
  "withdraw": "واپس لیں",
  "sent": "بھیج دیا گیا۔ شکریہ۔",
  "withdrawn": "واپس لے لیا گیا۔",
  "change": "تبدیل کریں",
};
