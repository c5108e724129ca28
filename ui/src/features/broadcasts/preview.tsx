import { Alert, Box, Button, Group, Modal, MultiSelect, Select, Stack, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconMailForward } from "@tabler/icons-react";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { useMe } from "../../api/session";
import type { Schema } from "../../api/types";
import { ListSkeleton } from "../../components/page";
import { formatNumber } from "../../lib/format";
import { colleaguesQuery, type Definition, previewBroadcast, sendTest } from "./api";

type Preview = Schema<"BroadcastPreview">;

/** The message as a recipient sees it, with what the gate says about him; and a test to colleagues. */
export function PreviewDialog({ definition, onClose }: { definition: Definition; onClose: () => void }) {
  const { t } = useTranslation();
  const [customer, setCustomer] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const [asked] = useDebouncedValue(typed.trim(), 300);
  const [arm, setArm] = useState(definition.test ? 1 : 0);
  const found = useQuery({ queryKey: ["customers", "find", asked], enabled: asked !== "", queryFn: () => unwrap(api.GET("/api/admin/v1/customers", { params: { query: { q: asked, page_size: 10 } } })) });
  const look = { definition, customer: customer ?? undefined, arm: arm || undefined };
  const preview = useQuery({ queryKey: ["broadcast preview", look], queryFn: () => previewBroadcast(look), placeholderData: keepPreviousData, retry: false });
  const p = preview.data;
  const chosen = p && customer === p.customer.id ? [{ value: p.customer.id, label: p.customer.name }] : [];
  const options = [...chosen, ...(found.data?.items ?? []).filter((c) => c.id !== customer).map((c) => ({ value: c.id, label: c.email ? `${c.name} (${c.email})` : c.name }))];
  return (
    <Modal opened onClose={onClose} size="xl" title={t("bc.previewTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Select
          label={t("bc.previewFind")}
          placeholder={p?.customer.name}
          searchable
          clearable
          clearButtonProps={{ "aria-label": t("common.clear") }}
          filter={({ options: all }) => all}
          nothingFoundMessage={asked ? t("bc.previewNobody") : undefined}
          data={options}
          value={customer}
          onChange={setCustomer}
          onSearchChange={setTyped}
          data-autofocus
        />
        {definition.test && (
          <Select
            label={t("bc.previewSubject")}
            allowDeselect={false}
            data={definition.test.subjects.map((s, i) => ({ value: String(i + 1), label: s || t("bc.testSubject", { n: i + 1 }) }))}
            value={String(arm)}
            onChange={(v) => v && setArm(Number(v))}
          />
        )}
        {preview.isPending && <ListSkeleton rows={3} />}
        {preview.isError && (
          <Alert color="red" role="alert">
            {preview.error.message}
          </Alert>
        )}
        {p && !preview.isError && <Shown preview={p} />}
        {p && !preview.isError && (definition.channel || "email") === "email" && <TestForm look={look} name={p.customer.name} />}
      </Stack>
    </Modal>
  );
}

function Shown({ preview: p }: { preview: Preview }) {
  const { t } = useTranslation();
  const name = p.customer.name;
  const reason = t(`reason.${p.reason}`, { defaultValue: p.reason });
  const verdict = !p.matched ? "bc.previewNotIn" : p.excluded ? "bc.previewOut" : p.action === "send" ? "bc.previewYes" : p.action === "defer" ? "bc.previewLater" : "bc.previewNo";
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} role="status">
        {t(verdict, { name, reason })}
      </Text>
      <Text size="sm">
        {t("bc.previewFrom")}: {p.from}
      </Text>
      <Text size="sm">
        {t("bc.previewSubject")}: <strong>{p.subject}</strong>
      </Text>
      <Tabs defaultValue={p.html ? "html" : "text"} keepMounted={false}>
        <Tabs.List>
          {p.html && <Tabs.Tab value="html">HTML</Tabs.Tab>}
          <Tabs.Tab value="text">{t("bc.textPart")}</Tabs.Tab>
        </Tabs.List>
        {p.html && (
          <Tabs.Panel value="html" pt="sm">
            {/* No scripts, no forms, no same origin: what customers wrote cannot act here. */}
            <iframe title={p.subject} srcDoc={p.html} sandbox="" style={{ width: "100%", height: 380, border: "1px solid var(--so-line)", borderRadius: 8, background: "#fff" }} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="text" pt="sm">
          <Box component="pre" tabIndex={0} role="region" aria-label={t("bc.textPart")} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, fontSize: 13 }}>
            {p.text}
          </Box>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function TestForm({ look, name }: { look: Schema<"BroadcastLook">; name: string }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const colleagues = useQuery(colleaguesQuery);
  const [picked, setTo] = useState<string[] | null>(null);
  const all = colleagues.data?.items ?? [];
  const mine = all.some((c) => c.id === me.user.id);
  const to = picked ?? (mine ? [me.user.id] : []);
  const send = useMutation({
    mutationFn: () => sendTest({ ...look, to }),
    onSuccess: (r) => notifications.show({ message: t("bc.testSent", { count: r.sent.length, n: formatNumber(r.sent.length, i18n.language) }) }),
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  if (colleagues.data && !mine) return <ConfirmAddress />;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        send.mutate();
      }}
    >
      <Text size="sm" className="so-dim" mb="xs">
        {t("bc.testSendText", { name })}
      </Text>
      <Group align="flex-end" gap="xs">
        <MultiSelect
          style={{ flex: 1, minWidth: 220 }}
          label={t("bc.testSendTo")}
          data={all.map((c) => ({ value: c.id, label: `${c.name} (${c.email})` }))}
          value={to}
          maxValues={10}
          onChange={setTo}
        />
        <Button type="submit" variant="default" leftSection={<IconMailForward size={16} aria-hidden />} loading={send.isPending} disabled={to.length === 0}>
          {t("bc.testSend")}
        </Button>
      </Group>
    </form>
  );
}

/** Whoever wants tests shows first that he reads the mail at his address. */
function ConfirmAddress() {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const [code, setCode] = useState("");
  const ask = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/auth/address/code")),
    onSuccess: () => notifications.show({ message: t("bc.confirmSent", { email: me.user.email }) }),
    onError: (error) => notifications.show({ color: "red", message: error.message, autoClose: false }),
  });
  const prove = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/auth/address", { body: { code: code.trim() } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: colleaguesQuery.queryKey }),
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        prove.mutate();
      }}
    >
      <Text size="sm" className="so-dim" mb="xs">
        {t("bc.confirmText")}
      </Text>
      <Group align="flex-end" gap="xs">
        <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
          {t("bc.confirmSend")}
        </Button>
        <TextInput label={t("bc.confirmCode")} value={code} error={prove.error?.message} autoComplete="one-time-code" onChange={(e) => setCode(e.currentTarget.value)} />
        <Button type="submit" variant="default" loading={prove.isPending} disabled={code.trim().length < 6}>
          {t("bc.confirm")}
        </Button>
      </Group>
    </form>
  );
}
