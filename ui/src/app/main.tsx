import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "@xyflow/react/dist/style.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../i18n";
import { Providers } from "./providers";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Providers />
  </StrictMode>,
);
