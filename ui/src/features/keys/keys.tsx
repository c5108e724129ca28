import { Alert, Button, Code, CopyButton, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { EmptyState, ListSkeleton, LoadError, PageHeader } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { useMay, useMe } from "../../api/session";

export function ApiKeys() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const may = useMay("keys.manage");
  const [adding, setAdding] = useState(false);
  const keys = useInfiniteQuery({
    queryKey: ["keys"],
    ...paged<Schema<"APIKey">>((page_token) => unwrap(api.GET("/api/admin/v1/api-keys", { params: { query: { page_token } } }))),
    enabled: may,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/admin/v1/api-keys/{id}", { params: { path: { id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["keys"] }),
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  const add = may && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t("keys.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("nav.keys")} lead={t("keys.lead")} actions={add} />
      {!may && <Text>{t("common.notAllowed")}</Text>}
      {may && keys.isPending && <ListSkeleton />}
      {keys.isError && <LoadError error={keys.error} onRetry={() => void keys.refetch()} />}
      {keys.data && (
        <DataTable<Schema<"APIKey">>
          label={t("nav.keys")}
          rows={rowsOf(keys.data)}
          rowKey={(k) => k.id}
          more={keys.hasNextPage ? () => void keys.fetchNextPage() : undefined}
          empty={
            <EmptyState icon={<IconKey size={40} />} title={t("keys.emptyTitle")} action={add}>
              {t("keys.empty")}
            </EmptyState>
          }
          columns={[
            { key: "name", title: t("keys.name"), render: (k) => <Text size="sm" fw={600}>{k.name}</Text> },
            { key: "kind", title: t("keys.kind"), render: (k) => t(`keys.${k.kind}`) },
            { key: "prefix", title: t("keys.prefix"), render: (k) => <Code>{k.prefix}…</Code> },
            { key: "created", title: t("keys.created"), render: (k) => <When at={k.created_at} size="sm" /> },
            { key: "used", title: t("keys.used"), render: (k) => <When at={k.last_used_at} size="sm" /> },
            {
              key: "revoke",
              title: t("people.state"),
              render: (k) =>
                k.revoked_at ? (
                  <StateBadge state="revoked" />
                ) : (
                  <Button size="compact-xs" variant="default" loading={revoke.isPending && revoke.variables === k.id} onClick={() => revoke.mutate(k.id)} aria-label={t("keys.revokeNamed", { name: k.name })}>
                    {t("keys.revoke")}
                  </Button>
                ),
            },
          ]}
        />
      )}
      <NewKey opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}

function NewKey({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"ingest" | "admin">("ingest");
  const create = useMutation({
    mutationFn: () => {
      const scopes = kind === "admin" ? (me.permissions ?? []).filter((p) => p.endsWith(".read")) : undefined;
      return unwrap(api.POST("/api/admin/v1/api-keys", { body: { kind, name: name.trim(), ...(scopes ? { scopes } : {}) } }));
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["keys"] }),
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  const close = () => {
    create.reset();
    setName("");
    onClose();
  };
  const secret = create.data?.secret;
  return (
    <Modal opened={opened} onClose={close} title={t("keys.new")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {secret ? (
        <Stack>
          <Alert color="yellow" title={t("keys.once")}>
            {t("keys.onceText")}
          </Alert>
          <Code block tabIndex={0} data-testid="secret">
            {secret}
          </Code>
          <Group justify="flex-end">
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {t(copied ? "common.copied" : "common.copy")}
                </Button>
              )}
            </CopyButton>
            <Button onClick={close}>{t("common.done")}</Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          <TextInput label={t("keys.name")} required value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
          <Radio.Group label={t("keys.kind")} value={kind} onChange={(v) => setKind(v as "ingest" | "admin")}>
            <Stack gap="xs" mt="xs">
              <Radio value="ingest" label={t("keys.ingest")} description={t("keys.ingestHint")} />
              <Radio value="admin" label={t("keys.admin")} description={t("keys.adminHint")} />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("common.cancel")}
            </Button>
            <Button disabled={name.trim() === ""} loading={create.isPending} onClick={() => create.mutate()}>
              {t("keys.create")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
