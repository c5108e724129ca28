import { createTheme, type MantineColorsTuple, ModalHeader } from "@mantine/core";

// A calm deep green: the brand. Shade 8 carries buttons and links, which keeps WCAG AA contrast in light and dark.
const sojourn: MantineColorsTuple = ["#e8f7f3", "#d3ebe4", "#a8d7ca", "#79c2ae", "#53b096", "#3ba588", "#2c9f80", "#1c8b6e", "#0d7a5f", "#00694f"];

export const theme = createTheme({
  primaryColor: "sojourn",
  colors: { sojourn },
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: "md",
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem", lineHeight: "1.3" }, h2: { fontSize: "1.15rem", lineHeight: "1.35" }, h3: { fontSize: "1rem", lineHeight: "1.4" } } },
  cursorType: "pointer",
  components: {
    // Mantine draws the head of a dialog as <header>, which would be the page's second banner.
    ModalHeader: ModalHeader.extend({ defaultProps: { role: "none" } }),
  },
});
