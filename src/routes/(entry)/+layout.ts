// A form that is typed into before its script runs would lose what was typed, or be sent without it.
export const ssr = false;
