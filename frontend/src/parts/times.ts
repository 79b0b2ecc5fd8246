const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const near = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const far = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** "3 minutes ago", and the date for what is longer ago than a month. `at` is ISO 8601. */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  if (Math.abs(seconds) > 30 * 86_400) return far.format(new Date(at));
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return near.format(Math.trunc(seconds / length), unit);
  }
  return "just now";
}

/** The moment in full, in the reader's own time zone. */
export function moment(at: string): string {
  return whole.format(new Date(at));
}

/** "4 ms", "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function lasting(seconds: number): string {
  if (seconds < 0.0095) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 0.095) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const SIZES = ["kB", "MB", "GB", "TB"];

/** "3.4 kB"; a kB has 1,000 bytes. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  let value = count / 1000;
  let step = 0;
  while (value >= 999.5 && step < SIZES.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${SIZES[step]}`;
}

/** "1,234". */
export function count(number: number): string {
  return number.toLocaleString("en");
}
