import { Badge, Button, Code, CopyButton, Grid, Group, List, Paper, ScrollArea, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../api/session";
import { BackLink, RouterAnchor } from "../../../components/link";
import { LoadError, PageHeader } from "../../../components/page";
import { journeysQuery } from "../api";
import { JourneyPicture } from "../canvas/picture";
import type { JourneyDocument } from "../document";
import { entrySummary, stepIcon, stepSummary } from "../steps";
import { blueprintQuery, needsQuery } from "./api";
import { Messages } from "./messages";
import { Needs } from "./needs";
import { UseDialog } from "./use-dialog";
import { countsOf, example, inLanguage, inOrder, needId } from "./words";

/** A blueprint before one takes it: how it goes, what it needs, and what it says. */
export function BlueprintPage() {
  const { t, i18n } = useTranslation();
  const { blueprintKey } = useParams({ from: "/signed-in/blueprints/$blueprintKey" });
  const blueprint = useQuery(blueprintQuery(blueprintKey, i18n.language));
  const needs = useQuery(needsQuery);
  const taken = (useQuery(journeysQuery).data?.items ?? []).map((j) => j.key);
  const mayWrite = useMay("journeys.write");
  const [using, setUsing] = useState(false);
  const b = blueprint.data;
  if (blueprint.isError) return <LoadError error={blueprint.error} onRetry={() => void blueprint.refetch()} />;
  if (!b) return <Skeleton height={420} />;
  const document = b.document as JourneyDocument;
  const counts = countsOf(needs.data?.items);
  const missing = b.needs.filter((n) => counts.get(needId(n)) === 0);
  const name = inLanguage(b.names, i18n.language, b.name);
  return (
    <>
      <PageHeader
        title={name}
        lead={inLanguage(b.what, i18n.language, b.description)}
        back={<BackLink to="/blueprints">{t("blueprints.title")}</BackLink>}
        actions={mayWrite && <Button onClick={() => setUsing(true)}>{t("blueprints.use")}</Button>}
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <ScrollArea.Autosize mah={720} viewportProps={{ tabIndex: 0, role: "region", "aria-label": t("blueprints.picture") }}>
            <JourneyPicture document={document} />
          </ScrollArea.Autosize>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Group gap="xs">
              <Badge variant="outline" color="gray" style={{ color: "var(--mantine-color-text)" }}>
                {t(`blueprints.goal.${b.goal}`, { defaultValue: b.goal })}
              </Badge>
              {b.channels.map((c) => (
                <Badge key={c} variant="outline" color="gray" style={{ color: "var(--mantine-color-text)" }}>
                  {t(`channel.${c}`, { defaultValue: c })}
                </Badge>
              ))}
            </Group>
            <Text size="sm">{b.description}</Text>
            <Paper withBorder p="md" id="needs" component="section" aria-labelledby="needs-title">
              <Title order={2} size="h4" id="needs-title" mb="xs">
                {t("blueprints.needs")}
              </Title>
              <Needs needs={b.needs} counts={counts} />
              {missing.map((n) => {
                const text = example(n);
                return (
                  text && (
                    <Stack key={needId(n)} gap={4} mt="sm">
                      <Group justify="space-between">
                        <Text size="sm">{t("blueprints.send")}</Text>
                        <CopyButton value={text}>
                          {({ copied, copy }) => (
                            <Button size="compact-xs" variant="default" onClick={copy}>
                              {t(copied ? "common.copied" : "common.copy")}
                            </Button>
                          )}
                        </CopyButton>
                      </Group>
                      <Code block tabIndex={0}>
                        {text}
                      </Code>
                    </Stack>
                  )
                );
              })}
              {missing.length > 0 && (
                <RouterAnchor to="/events" search={{ tab: "how" }} size="sm" underline="always" mt="xs" display="inline-block">
                  {t("blueprints.howTo")}
                </RouterAnchor>
              )}
            </Paper>
            <Paper withBorder p="md" component="section" aria-labelledby="steps-title">
              <Title order={2} size="h4" id="steps-title" mb="xs">
                {t("blueprints.steps")}
              </Title>
              <Text size="sm" mb="xs">
                <strong>{t("canvas.entry")}</strong>: {entrySummary(document.entry, t, i18n.language)}
              </Text>
              <List type="ordered" size="sm" spacing={6} center={false}>
                {document.steps.map((s) => (
                  <List.Item key={s.id}>
                    <Group gap={6} wrap="nowrap" align="flex-start">
                      <span className="so-dim">{stepIcon(s.kind)}</span>
                      <span>
                        <strong>{s.name || t(`kind.${s.kind}`)}</strong> <span className="so-dim">{stepSummary(s, t, i18n.language)}</span>
                      </span>
                    </Group>
                  </List.Item>
                ))}
              </List>
              {document.goal && (
                <Text size="sm" mt="xs">
                  <strong>{t("blueprints.goalOf")}</strong>: {document.goal.event}
                </Text>
              )}
              {document.control && (
                <Text size="sm">
                  <strong>{t("blueprints.control")}</strong>: {document.control.percent} %
                </Text>
              )}
            </Paper>
          </Stack>
        </Grid.Col>
      </Grid>
      <Messages messages={inOrder(b.messages, document)} locales={b.locales} />
      {using && <UseDialog blueprint={b} taken={taken} onClose={() => setUsing(false)} />}
    </>
  );
}
