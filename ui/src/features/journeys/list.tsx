import { Button, Group, Modal, Paper, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconRoute } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { Sparkline } from "../../components/sparkline";
import { StateBadge } from "../../components/state-badge";
import { formatNumber } from "../../lib/format";
import { useMay } from "../../api/session";
import { blueprintsQuery, createFromBlueprint, journeysQuery } from "./api";
import { BlueprintPicture } from "./canvas/picture";
import type { JourneyDocument } from "./document";
import { DuplicateButton, EmptyJourneyDialog, freeKey } from "./starting";

type Summary = Schema<"JourneySummary">;

export function JourneyList() {
  const { t, i18n } = useTranslation();
  const journeys = useQuery(journeysQuery);
  const mayWrite = useMay("journeys.write");
  const [adding, setAdding] = useState(false);
  const [empty, setEmpty] = useState(false);
  const [search, setSearch] = useState("");
  const taken = (journeys.data?.items ?? []).map((j) => j.key);
  const n = (x: number) => formatNumber(x, i18n.language);
  const add = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t("journeys.new")}
    </Button>
  );
  const rows = (journeys.data?.items ?? []).filter((j) => `${j.name} ${j.key}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <PageHeader title={t("nav.journeys")} lead={t("journeys.lead")} actions={add} />
      <TextInput label={t("journeys.search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} maw={320} mb="md" />
      {journeys.isPending && <ListSkeleton />}
      {journeys.isError && <LoadError error={journeys.error} onRetry={() => void journeys.refetch()} />}
      {journeys.data && (
        <DataTable<Summary>
          label={t("nav.journeys")}
          rows={rows}
          rowKey={(j) => j.id}
          empty={
            <EmptyState icon={<IconRoute size={40} />} title={t("journeys.emptyTitle")} action={add}>
              {t("journeys.empty")}
            </EmptyState>
          }
          columns={[
            {
              key: "name",
              title: t("journeys.name"),
              render: (j) => (
                <>
                  <RouterAnchor to="/journeys/$journeyKey" params={{ journeyKey: j.key }} fw={600}>
                    {j.name}
                  </RouterAnchor>
                  <Text size="xs" className="so-dim">
                    {j.live_version > 0 ? t("journeys.version", { n: j.live_version }) : t("journeys.neverPublished")} · {t(`entryKind.${j.entry_kind}`, { defaultValue: j.entry_kind })}
                  </Text>
                </>
              ),
            },
            { key: "state", title: t("journeys.state"), render: (j) => <StateBadge state={j.state} /> },
            { key: "open", title: t("journeys.open"), align: "right", render: (j) => n(j.open_runs) },
            { key: "entries", title: t("journeys.entries7d"), align: "right", render: (j) => n(j.entries_7d) },
            { key: "sends", title: t("journeys.sends7d"), align: "right", render: (j) => n(j.sends_7d) },
            { key: "goal", title: t("journeys.conversions7d"), align: "right", render: (j) => n(j.conversions_7d) },
            { key: "daily", title: t("journeys.daily"), render: (j) => <Sparkline values={j.entries_daily ?? []} label={t("journeys.daily")} /> },
            ...(mayWrite ? [{ key: "duplicate", title: t("journeys.duplicate"), render: (j: Summary) => <DuplicateButton journeyKey={j.key} name={j.name} taken={taken} /> }] : []),
          ]}
        />
      )}
      <Gallery
        opened={adding}
        onClose={() => setAdding(false)}
        taken={taken}
        onEmpty={() => {
          setAdding(false);
          setEmpty(true);
        }}
      />
      {empty && <EmptyJourneyDialog taken={taken} onClose={() => setEmpty(false)} />}
    </>
  );
}

function Gallery({ opened, onClose, taken, onEmpty }: { opened: boolean; onClose: () => void; taken: string[]; onEmpty: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const blueprints = useQuery({ ...blueprintsQuery, enabled: opened });
  const create = useMutation({
    mutationFn: (b: Schema<"Blueprint">) => {
      const key = freeKey(b.key, taken);
      return createFromBlueprint(b.key, key, key === b.key ? b.name : `${b.name} (${key.slice(b.key.length + 1)})`);
    },
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ["journeys"] });
      onClose();
      await navigate({ to: "/journeys/$journeyKey", params: { journeyKey: made.key } });
    },
    onError: (error) => notifications.show({ color: "red", message: error.message }),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t("journeys.gallery")} size="xl" closeButtonProps={{ "aria-label": t("common.close") }}>
      <Text className="so-dim" size="sm" mb="md">
        {t("journeys.galleryLead")}
      </Text>
      <Button variant="outline" mb="md" onClick={onEmpty}>
        {t("journeys.fromNothing")}
      </Button>
      {blueprints.isPending && <ListSkeleton rows={2} height={160} />}
      {blueprints.isError && <LoadError error={blueprints.error} />}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {(blueprints.data?.items ?? []).map((b) => (
          <Paper key={b.key} withBorder p="md" component="article">
            <Stack gap="xs" h="100%">
              <BlueprintPicture document={b.document as JourneyDocument} />
              <Title order={3}>{b.name}</Title>
              <Text size="sm" className="so-dim" style={{ flex: 1 }}>
                {b.description}
              </Text>
              <Group justify="flex-end">
                <Button variant="default" loading={create.isPending && create.variables?.key === b.key} onClick={() => create.mutate(b)} aria-label={t("journeys.use", { name: b.name })}>
                  {t("journeys.useShort")}
                </Button>
              </Group>
            </Stack>
          </Paper>
        ))}
      </SimpleGrid>
    </Modal>
  );
}
