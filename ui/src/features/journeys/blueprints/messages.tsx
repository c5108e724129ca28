import { Box, Group, Paper, SegmentedControl, Select, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BlueprintMessage } from "./api";

/** The messages of a blueprint as an invented customer would read them, in each language, on a desk and on a phone. */
export function Messages({ messages, locales }: { messages: BlueprintMessage[]; locales: string[] }) {
  const { t, i18n } = useTranslation();
  const languages = new Intl.DisplayNames([i18n.language], { type: "language" });
  const own = locales.find((l) => l === i18n.language.slice(0, 2)) ?? locales[0];
  const [locale, setLocale] = useState(own);
  const [which, setWhich] = useState<string>();
  const [width, setWidth] = useState<"desktop" | "phone">("desktop");
  const written = messages.filter((m) => m.locale === locale);
  const id = (m: BlueprintMessage) => `${m.template}/${m.channel}`;
  const shown = written.find((m) => id(m) === which) ?? written[0];
  return (
    <Box component="section" aria-labelledby="messages-title" mt="lg">
      <Title order={2} size="h3" id="messages-title" mb="xs">
        {t("blueprints.messages")}
      </Title>
      {!shown || !locale ? (
        <Text size="sm">{t("blueprints.noMessage")}</Text>
      ) : (
        <Paper withBorder p="md">
          <Group mb="sm" align="flex-end">
            <Select label={t("blueprints.message")} allowDeselect={false} value={id(shown)} data={written.map((m) => ({ value: id(m), label: `${m.name} (${t(`channel.${m.channel}`, { defaultValue: m.channel })})` }))} onChange={(v) => v && setWhich(v)} style={{ flex: "1 1 240px", maxWidth: 420 }} />
            <SegmentedControl aria-label={t("blueprints.languages")} value={locale} data={locales.map((l) => ({ value: l, label: languages.of(l) ?? l }))} onChange={setLocale} />
            {shown.html_url && (
              <SegmentedControl
                aria-label={t("blueprints.width")}
                value={width}
                data={(["desktop", "phone"] as const).map((w) => ({ value: w, label: t(`blueprints.width.${w}`) }))}
                onChange={(v) => setWidth(v === "phone" ? "phone" : "desktop")}
              />
            )}
          </Group>
          <Text fw={600} lang={locale}>
            {shown.subject}
          </Text>
          <Text size="sm" className="so-dim" mb="sm" lang={locale}>
            {shown.preheader}
          </Text>
          {shown.html_url ? (
            <iframe
              key={shown.html_url}
              title={shown.subject}
              src={shown.html_url}
              sandbox="allow-popups allow-popups-to-escape-sandbox"
              style={{ display: "block", width: width === "phone" ? 375 : "100%", maxWidth: "100%", height: 560, margin: "0 auto", border: "1px solid var(--so-line)", borderRadius: 8, background: "#fff" }}
            />
          ) : (
            <Box component="pre" tabIndex={0} lang={locale} style={{ whiteSpace: "pre-wrap", margin: 0, fontFamily: "inherit" }}>
              {shown.text}
            </Box>
          )}
        </Paper>
      )}
    </Box>
  );
}
