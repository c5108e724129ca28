/** What a number counts. Each counts runs, each run once, and never those that are held out for comparison. */
export const measures = ["entered", "waiting", "held", "reached", "passed", "left", "sent", "opened", "clicked", "converted"] as const;
export type Measure = (typeof measures)[number];
