import {
  type CSSVariablesResolver,
  createTheme,
  DEFAULT_THEME,
  localStorageColorSchemeManager,
} from "@mantine/core";

const FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';

export const theme = createTheme({
  fontFamily: FONTS,
  headings: { fontFamily: FONTS, fontWeight: "650" },
  primaryColor: "indigo",
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Badge: { defaultProps: { variant: "light", tt: "none", fw: 550 } },
  },
});

/** Mantine's own shades of secondary text fall short of a contrast of 4.5; these reach it on every background of ours. */
export const variables: CSSVariablesResolver = () => {
  const light: Record<string, string> = {
    "--mantine-color-dimmed": "#565e66",
    "--mantine-color-placeholder": "#6a7178",
    "--mantine-color-anchor": "var(--mantine-color-indigo-8)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
    "--desk-surface": "var(--mantine-color-white)",
    "--desk-ground": "#f6f7f9",
    "--desk-line": "#e1e4e8",
    "--desk-hover": "#eff1f5",
    "--desk-mark": "#fff3bf",
  };
  const dark: Record<string, string> = {
    "--mantine-color-dimmed": "#b2b5ba",
    "--mantine-color-placeholder": "#9a9ea4",
    "--mantine-color-anchor": "var(--mantine-color-indigo-3)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
    "--desk-surface": "var(--mantine-color-dark-6)",
    "--desk-ground": "var(--mantine-color-dark-7)",
    "--desk-line": "var(--mantine-color-dark-4)",
    "--desk-hover": "var(--mantine-color-dark-5)",
    "--desk-mark": "#5c4a00",
  };
  for (const name of Object.keys(DEFAULT_THEME.colors)) {
    if (name === "dark") continue;
    light[`--mantine-color-${name}-light-color`] = `var(--mantine-color-${name}-9)`;
    light[`--mantine-color-${name}-outline`] = `var(--mantine-color-${name}-9)`;
    light[`--mantine-color-${name}-text`] = `var(--mantine-color-${name}-9)`;
    dark[`--mantine-color-${name}-light-color`] = `var(--mantine-color-${name}-2)`;
    dark[`--mantine-color-${name}-text`] = `var(--mantine-color-${name}-3)`;
  }
  for (const [name, shade] of [
    ["yellow", "#7a4b00"],
    ["orange", "#8f3d00"],
    ["lime", "#3b5d00"],
    ["green", "#1f6b30"],
    ["teal", "#066649"],
    ["cyan", "#0a5866"],
  ] as const) {
    for (const use of ["light-color", "outline", "text"]) light[`--mantine-color-${name}-${use}`] = shade;
  }
  // White on its own red has a contrast of 3.8.
  light["--mantine-color-red-filled"] = "var(--mantine-color-red-9)";
  light["--mantine-color-red-filled-hover"] = "#b02525";
  return { variables: {}, light, dark };
};

/** Where the choice of light, dark or the system's is kept; public/scheme.js reads it before anything is drawn. */
export const schemes = localStorageColorSchemeManager({ key: "deskhand-scheme" });
