import { Box, Grid, Group, Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../../api/session";
import { Facts } from "../../components/facts";
import { BackLink, RouterAnchor } from "../../components/link";
import { ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { type Task, taskQuery } from "./api";
import { Due } from "./due";
import { Finish } from "./finish";

/** One task: what is to be done, what may be seen of the customer for it, and how it ended. */
export function TaskPage() {
  const { t } = useTranslation();
  const { taskId } = useParams({ from: "/signed-in/tasks/$taskId" });
  const may = useMay("tasks.work");
  const task = useQuery({ ...taskQuery(taskId), enabled: may });
  const back = <BackLink to="/tasks">{t("nav.tasks")}</BackLink>;
  if (!may) return <PageHeader title={t("nav.tasks")} lead={t("common.notAllowed")} />;
  if (task.isPending) return <ListSkeleton rows={3} height={120} />;
  if (task.isError) return <LoadError error={task.error} onRetry={() => void task.refetch()} />;
  const x = task.data;
  return (
    <>
      <PageHeader
        title={x.title}
        back={back}
        lead={
          <Group gap="xs">
            <StateBadge state={x.state} label={t(`taskState.${x.state}`)} />
            <span>{t(`taskType.${x.type}`, { defaultValue: x.type })}</span>
          </Group>
        }
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {x.message && <Draft task={x} />}
            {(x.instructions || x.fields.length > 0 || !x.message) && <Person task={x} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            {x.state === "open" && <Finish key={x.id} task={x} />}
            <About task={x} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Person({ task: x }: { task: Task }) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("tasks.what")}
      </Title>
      <Text size="sm" style={{ whiteSpace: "pre-wrap" }} mb={x.fields.length > 0 ? "md" : 0} className={x.instructions ? undefined : "so-dim"}>
        {x.instructions || t("tasks.noInstructions")}
      </Text>
      {x.fields.length > 0 && (
        <>
          <Title order={3} size="h5" mb={6}>
            {t("tasks.fields")}
          </Title>
          {x.state === "open" ? <Facts rows={x.fields.map((f) => [t(`tasks.field.${f.name}`, { defaultValue: f.name.replace(/^attributes\./, "") }), <Value key={f.name} name={f.name} value={f.value} />])} /> : <Text size="sm" className="so-dim">{t("tasks.fieldsGone")}</Text>}
        </>
      )}
    </Paper>
  );
}

function Value({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation();
  if (value === "") return <span className="so-dim">{t("tasks.notKnown")}</span>;
  if (name === "phone") return <a href={`tel:${value}`}>{value}</a>;
  if (name === "email") return <a href={`mailto:${value}`}>{value}</a>;
  return value;
}

function Draft({ task: x }: { task: Task }) {
  const { t } = useTranslation();
  const m = x.message;
  if (!m) return null;
  if (!m.html && !m.text)
    return (
      <Paper withBorder p="md">
        <Text size="sm">{t("tasks.noMessage")}</Text>
      </Paper>
    );
  return (
    <Paper withBorder p="md" component="article">
      <Text size="sm" className="so-dim">
        {t("tasks.subject")}
      </Text>
      <Title order={2} mb="sm">
        {m.subject}
      </Title>
      <Tabs defaultValue={m.html ? "html" : "text"} keepMounted={false}>
        <Tabs.List>
          {m.html && <Tabs.Tab value="html">{t("inbox.html")}</Tabs.Tab>}
          <Tabs.Tab value="text">{t("inbox.text")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="html" pt="sm">
          {/* No scripts, no forms, no same origin, no links: a draft is looked at, nothing in it acts. */}
          <iframe title={m.subject} srcDoc={m.html} sandbox="" style={{ width: "100%", height: 520, border: "1px solid var(--so-line)", borderRadius: 8, background: "#fff" }} />
        </Tabs.Panel>
        <Tabs.Panel value="text" pt="sm">
          <Box component="pre" tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, fontSize: 13 }}>
            {m.text}
          </Box>
        </Tabs.Panel>
      </Tabs>
    </Paper>
  );
}

function About({ task: x }: { task: Task }) {
  const { t } = useTranslation();
  const mayPeople = useMay("customers.read");
  const rows: [string, React.ReactNode][] = [[t("tasks.due"), <Due key="due" task={x} />]];
  if (x.state !== "open") {
    rows.push([t("tasks.closed"), <When key="closed" at={x.closed_at} relative={false} size="sm" />]);
    rows.push([t("tasks.outcome"), x.outcome ? t(`taskOutcome.${x.outcome}`, { defaultValue: x.outcome }) : "–"]);
    if (x.note) rows.push([t("tasks.note"), x.note]);
  }
  if (x.state !== "open" && x.callback_at) rows.push([t("tasks.callback"), <When key="callback" at={x.callback_at} relative={false} size="sm" />]);
  rows.push([t("tasks.role"), t(`role.${x.role}`, { defaultValue: x.role })], [t("tasks.made"), <When key="made" at={x.created_at} relative={false} size="sm" />]);
  if (x.journey)
    rows.push([
      t("tasks.journey"),
      mayPeople && x.run_id ? (
        <RouterAnchor key="run" to="/runs/$runId" params={{ runId: x.run_id }} size="sm">
          {x.journey.name}
        </RouterAnchor>
      ) : (
        x.journey.name
      ),
    ]);
  return (
    <Paper withBorder p="md" component="section">
      <Title order={2} mb="sm">
        {t("tasks.about")}
      </Title>
      <Facts rows={rows} />
    </Paper>
  );
}
