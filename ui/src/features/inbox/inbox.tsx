import { Box, Grid, Group, Paper, Stack, Tabs, Text, Title, UnstyledButton } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { Facts } from "../../components/facts";
import { RouterAnchor } from "../../components/link";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { When } from "../../components/when";

/** Every message that went to the built-in inbox, rendered as it was sent. */
export function Inbox() {
  const { t } = useTranslation();
  const { message } = useSearch({ from: "/signed-in/inbox" });
  const navigate = useNavigate({ from: "/inbox" });
  const list = useInfiniteQuery({
    queryKey: ["inbox"],
    ...paged<Schema<"InboxMessage">>((page_token) => unwrap(api.GET("/api/admin/v1/inbox", { params: { query: { page_token, page_size: 50 } } }))),
    refetchInterval: 5_000,
  });
  const rows = rowsOf(list.data);
  return (
    <>
      <PageHeader title={t("nav.inbox")} lead={t("inbox.lead")} />
      {list.isPending && <ListSkeleton />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && (
        <Paper withBorder>
          <EmptyState icon={<IconInbox size={40} />} title={t("inbox.emptyTitle")}>
            {t("inbox.empty")}
          </EmptyState>
        </Paper>
      )}
      {rows.length > 0 && (
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Paper withBorder>
              <div style={{ maxHeight: "70vh", overflowY: "auto" }} tabIndex={0} role="region" aria-label={t("inbox.list")}>
                <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
                  {rows.map((m) => (
                    <li key={m.id} style={{ borderBottom: "1px solid var(--so-line)" }}>
                      <UnstyledButton
                        w="100%"
                        p="sm"
                        aria-current={m.id === message ? "true" : undefined}
                        style={{ background: m.id === message ? "var(--mantine-primary-color-light)" : undefined }}
                        onClick={() => void navigate({ search: { message: m.id } })}
                      >
                        <Group justify="space-between" wrap="nowrap" gap="xs">
                          <Text size="sm" fw={600} truncate>
                            {m.subject}
                          </Text>
                          <When at={m.received_at} size="xs" className="so-dim" style={{ whiteSpace: "nowrap" }} />
                        </Group>
                        <Text size="xs" truncate>
                          {t("inbox.to", { name: m.customer.name, address: m.recipient })}
                        </Text>
                        <Text size="xs" className="so-dim" truncate>
                          {m.preview}
                        </Text>
                      </UnstyledButton>
                    </li>
                  ))}
                </ul>
                {list.hasNextPage && (
                  <Group justify="center" p="sm">
                    <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                      {t("common.more")}
                    </Button>
                  </Group>
                )}
              </div>
            </Paper>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 7 }}>{message ? <Message id={message} /> : <Pick />}</Grid.Col>
        </Grid>
      )}
    </>
  );
}

function Pick() {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Text className="so-dim" size="sm">
        {t("inbox.pick")}
      </Text>
    </Paper>
  );
}

function Message({ id }: { id: string }) {
  const { t } = useTranslation();
  const message = useQuery({ queryKey: ["inbox", id], queryFn: () => unwrap(api.GET("/api/admin/v1/inbox/{id}", { params: { path: { id } } })) });
  if (message.isPending) return <ListSkeleton rows={2} height={160} />;
  if (message.isError) return <LoadError error={message.error} />;
  const m = message.data;
  return (
    <Paper withBorder p="md" component="article">
      <Stack gap="sm">
        <Title order={2}>{m.subject}</Title>
        <Facts
          rows={[
            [t("inbox.from"), m.sender],
            [
              t("inbox.recipient"),
              <RouterAnchor key="c" to="/customers/$customerId" params={{ customerId: m.customer.id }} size="sm">
                {m.recipient}
              </RouterAnchor>,
            ],
            [t("inbox.received"), <When key="w" at={m.received_at} relative={false} size="sm" />],
            ...(m.run_id
              ? ([
                  [
                    t("inbox.because"),
                    <RouterAnchor key="r" to="/runs/$runId" params={{ runId: m.run_id }} size="sm">
                      {m.journey?.name ?? t("people.run")}
                    </RouterAnchor>,
                  ],
                ] as [string, React.ReactNode][])
              : []),
          ]}
        />
        <Tabs defaultValue={m.has_html ? "html" : "text"} keepMounted={false}>
          <Tabs.List>
            {m.has_html && <Tabs.Tab value="html">{t("inbox.html")}</Tabs.Tab>}
            <Tabs.Tab value="text">{t("inbox.text")}</Tabs.Tab>
            <Tabs.Tab value="headers">{t("inbox.headers")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="html" pt="sm">
            {/* No scripts, no forms, no same origin: what customers wrote cannot act here. Links open in a tab of their own, so that they can be tried. */}
            <iframe title={m.subject} src={m.html_url} sandbox="allow-popups allow-popups-to-escape-sandbox" style={{ width: "100%", height: 520, border: "1px solid var(--so-line)", borderRadius: 8, background: "#fff" }} />
          </Tabs.Panel>
          <Tabs.Panel value="text" pt="sm">
            <Box component="pre" tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, fontSize: 13 }}>
              {m.text}
            </Box>
          </Tabs.Panel>
          <Tabs.Panel value="headers" pt="sm">
            <Facts rows={Object.entries(m.headers ?? {})} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Paper>
  );
}
