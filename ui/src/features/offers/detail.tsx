import { Box, Button, Code, Grid, Group, Paper, Progress, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../api/session";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { Facts } from "../../components/facts";
import { BackLink, RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { When } from "../../components/when";
import { formatNumber } from "../../lib/format";
import { formatDuration } from "../../lib/duration";
import { benefitOf, type Offer, offerQuery } from "./api";
import { AddCodes } from "./codes";
import { OfferForm } from "./form";
import { Standing } from "./standing";

/** One offer: what it is, how long it lives, what is left, and which journeys give it. */
export function OfferPage() {
  const { t } = useTranslation();
  const { offerKey } = useParams({ from: "/signed-in/offers/$offerKey" });
  const mayWrite = useMay("offers.write");
  const offer = useQuery(offerQuery(offerKey));
  const [open, setOpen] = useState<"edit" | "codes">();
  const back = <BackLink to="/offers">{t("nav.offers")}</BackLink>;
  if (offer.isPending) return <ListSkeleton rows={3} height={120} />;
  if (offer.isError) return <LoadError error={offer.error} onRetry={() => void offer.refetch()} />;
  const o = offer.data;
  return (
    <>
      <PageHeader
        title={o.name}
        back={back}
        lead={
          <Group gap="xs">
            <Standing offer={o} />
            <Code>{o.key}</Code>
          </Group>
        }
        actions={
          mayWrite && (
            <>
              {o.code_kind === "pool" && (
                <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen("codes")}>
                  {t("offers.addCodes")}
                </Button>
              )}
              <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setOpen("edit")}>
                {t("offers.edit")}
              </Button>
            </>
          )
        }
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            <Left offer={o} />
            <Use offer={o} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <About offer={o} />
            <Texts offer={o} />
          </Stack>
        </Grid.Col>
      </Grid>
      {open === "edit" && <OfferForm offer={o} onClose={() => setOpen(undefined)} />}
      {open === "codes" && <AddCodes offer={o} onClose={() => setOpen(undefined)} />}
    </>
  );
}

/** The gauge: given, reserved and free of all there is. Without a limit there is nothing to fill. */
function Left({ offer: o }: { offer: Offer }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  const used = o.reserved + o.confirmed;
  const inBudget = o.budget == null ? undefined : Math.max(0, o.budget - used);
  const left = o.code_kind === "pool" ? Math.min(o.free, inBudget ?? o.free) : inBudget;
  const all = left == null ? undefined : used + left;
  const part = (x: number) => (all ? (100 * x) / all : 0);
  const parts: [string, number, string, boolean][] = [
    [t("offers.given"), o.confirmed, "teal.7", true],
    [t("offers.reserved"), o.reserved, "yellow.6", true],
    ...(left == null ? [] : ([[t("offers.left"), left, "var(--so-line)", true]] as [string, number, string, boolean][])),
    [t("offers.released"), o.released, "", false],
  ];
  const swatch = (c: string) => (c.startsWith("var") ? c : `var(--mantine-color-${c.replace(".", "-")})`);
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("offers.pool")}
      </Title>
      {all === undefined && (
        <Text size="sm" className="so-dim" mb="sm">
          {t("offers.unlimited")}
        </Text>
      )}
      {all === 0 && (
        <Text size="sm" mb="sm">
          {t(o.code_kind === "pool" ? "offers.poolEmpty" : "offers.budgetZero")}
        </Text>
      )}
      {!!all && (
        <Progress.Root size={14} mb="md" aria-hidden>
          <Progress.Section value={part(o.confirmed)} color="teal.7" withAria={false} />
          <Progress.Section value={part(o.reserved)} color="yellow.6" withAria={false} />
        </Progress.Root>
      )}
      <Group gap="xl" align="flex-start">
        {parts.map(([name, value, colour, shown]) => (
          <div key={name}>
            <Group gap={6} wrap="nowrap">
              {shown && all !== undefined && <Box w={10} h={10} style={{ borderRadius: 3, background: swatch(colour) }} aria-hidden />}
              <Text size="sm" className="so-dim">
                {name}
              </Text>
            </Group>
            <Text fz={22} fw={650}>
              {n(value)}
            </Text>
          </div>
        ))}
      </Group>
      <Text size="xs" className="so-dim" mt="sm">
        {t("offers.poolHint")}
      </Text>
      {inBudget != null && o.code_kind === "pool" && o.free > inBudget && (
        <Text size="sm" mt="xs">
          {t("offers.budgetFirst", { free: n(o.free), left: n(inBudget) })}
        </Text>
      )}
    </Paper>
  );
}

function Use({ offer: o }: { offer: Offer }) {
  const { t, i18n } = useTranslation();
  const n = (x: number) => formatNumber(x, i18n.language);
  return (
    <section>
      <Title order={2} mb="sm">
        {t("offers.use")}
      </Title>
      <DataTable<Schema<"OfferUse">>
        label={t("offers.use")}
        rows={o.use ?? []}
        rowKey={(u) => u.journey?.key ?? ""}
        empty={
          <EmptyState icon={null} title={t("offers.noUseTitle")}>
            {t("offers.noUse")}
          </EmptyState>
        }
        columns={[
          {
            key: "journey",
            title: t("tasks.journey"),
            render: (u) =>
              u.journey ? (
                <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: u.journey.key }} fw={600}>
                  {u.journey.name}
                </RouterAnchor>
              ) : (
                t("offers.elsewhere")
              ),
          },
          { key: "reserved", title: t("offers.reserved"), align: "right", render: (u) => n(u.reserved) },
          { key: "given", title: t("offers.given"), align: "right", render: (u) => n(u.confirmed) },
          { key: "released", title: t("offers.released"), align: "right", render: (u) => n(u.released) },
        ]}
      />
    </section>
  );
}

function About({ offer: o }: { offer: Offer }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const rows: [string, React.ReactNode][] = [
    [t("offers.benefit"), benefitOf(o, me.workspace.currency, i18n.language) || t("offers.benefitKind.other")],
    [t("offers.codes"), o.code_kind === "shared" ? <Code key="code">{o.shared_code}</Code> : t(`offers.codeKind.${o.code_kind}`)],
    [t("offers.from"), o.valid_from ? <When key="from" at={o.valid_from} relative={false} size="sm" /> : t("offers.atOnce")],
    [t("offers.until"), o.valid_until ? <When key="until" at={o.valid_until} relative={false} size="sm" /> : t("offers.noEnd")],
    [t("offers.hold"), formatDuration(o.hold, i18n.language)],
    [t("offers.budget"), o.budget == null ? t("offers.noLimit") : formatNumber(o.budget, i18n.language)],
    [t("offers.perCustomer"), o.per_customer ? formatNumber(o.per_customer, i18n.language) : t("offers.noLimit")],
  ];
  if (o.partner) rows.unshift([t("offers.partner"), o.partner]);
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("offers.about")}
      </Title>
      <Facts rows={rows} />
    </Paper>
  );
}

function Texts({ offer: o }: { offer: Offer }) {
  const { t, i18n } = useTranslation();
  const names = new Intl.DisplayNames([i18n.language], { type: "language" });
  const all = Object.entries(o.texts ?? {}).filter(([, x]) => x.title || x.text);
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("offers.texts")}
      </Title>
      {all.length === 0 && (
        <Text size="sm" className="so-dim">
          {t("offers.noTexts")}
        </Text>
      )}
      <Stack gap="sm">
        {all.map(([locale, x]) => (
          <div key={locale}>
            <Text size="xs" className="so-dim">
              {names.of(locale) ?? locale}
            </Text>
            <div lang={locale}>
              <Text size="sm" fw={600}>
                {x.title}
              </Text>
              <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
                {x.text}
              </Text>
            </div>
          </div>
        ))}
      </Stack>
    </Paper>
  );
}
