/** What every answer that shows trust says, and every checkout at a merchant store before it is placed. */
export const NO_ARBITRATION =
  'Muse does not arbitrate between buyers and sellers: scores, ratings and reports are what others say, and no promise or judgement of Muse. What you agree on, and settle when it goes wrong, is between you and the other side.';
