/** A tiny bar chart of daily numbers, oldest first. The numbers are also read out. */
export function Sparkline({ values, label, width = 96, height = 24 }: { values: number[]; label: string; width?: number; height?: number }) {
  const max = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return (
    <svg width={width} height={height} role="img" aria-label={`${label}: ${values.join(", ")}`} style={{ display: "block" }}>
      {values.map((v, i) => {
        const h = v === 0 ? 1 : Math.max(2, (v / max) * height);
        return <rect key={i} x={i * step} y={height - h} width={Math.max(1, step - 2)} height={h} rx={1} fill={v === 0 ? "var(--so-line)" : "var(--mantine-primary-color-filled)"} />;
      })}
    </svg>
  );
}
