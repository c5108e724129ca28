import { Button, Group, Modal, Paper, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "../../api/types";
import { StateBadge } from "../../components/state-badge";
import { When } from "../../components/when";
import { useMay } from "../../api/session";
import { changeConsent, type Customer, suppress } from "./api";

/** Where consent stands, what may be changed on the customer's behalf, and the ledger with its proof. */
export function Consents({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const mayChange = useMay("customers.write");
  const [granting, setGranting] = useState(false);
  const [blocking, setBlocking] = useState(false);
  const change = useChange(customer.id, () => setGranting(false));
  const block = useBlock(customer.id, () => setBlocking(false));
  const marketing = (customer.permissions ?? []).find((p) => p.channel === "email" && p.purpose === "marketing");
  return (
    <Stack>
      <Paper withBorder p="md">
        <Group justify="space-between" mb="sm">
          <Title order={2}>{t("consent.now")}</Title>
          {mayChange && (
            <Group gap="xs">
              {marketing?.state === "granted" ? (
                <Button size="xs" variant="default" loading={change.isPending} onClick={() => change.mutate({ channel: "email", purpose: "marketing", state: "withdrawn" })}>
                  {t("consent.withdraw")}
                </Button>
              ) : (
                <Button size="xs" variant="default" onClick={() => setGranting(true)}>
                  {t("consent.grant")}
                </Button>
              )}
              <Button size="xs" variant="default" onClick={() => setBlocking(true)}>
                {t("consent.suppress")}
              </Button>
            </Group>
          )}
        </Group>
        {(customer.permissions ?? []).length === 0 && <Text size="sm">{t("consent.none")}</Text>}
        {(customer.permissions ?? []).map((p) => (
          <Group key={p.channel + p.purpose} gap="sm" mb={4}>
            <StateBadge state={p.state} />
            <Text size="sm">
              {p.channel} · {p.purpose} · {t(`basis.${p.legal_basis}`, { defaultValue: p.legal_basis })} · <When at={p.occurred_at} relative={false} />
            </Text>
          </Group>
        ))}
        {(customer.contact_points ?? []).map((p) => (
          <Text size="sm" key={p.id} className="so-dim">
            {p.channel}: {p.address}
            {p.suppressed_reason ? ` – ${t("consent.suppressedSince", { reason: t(`reason.${p.suppressed_reason}`, { defaultValue: p.suppressed_reason }) })}` : ""}
          </Text>
        ))}
      </Paper>
      <Ledger rows={customer.consents ?? []} />
      <GrantDialog opened={granting} onClose={() => setGranting(false)} pending={change.isPending} onGrant={(evidence) => change.mutate({ channel: "email", purpose: "marketing", state: "granted", evidence })} />
      <Modal opened={blocking} onClose={() => setBlocking(false)} title={t("consent.suppressTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
        <Text size="sm" mb="md">
          {t("consent.suppressText")}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setBlocking(false)}>
            {t("common.cancel")}
          </Button>
          <Button color="red.9" loading={block.isPending} onClick={() => block.mutate({ channel: "email" })}>
            {t("consent.suppress")}
          </Button>
        </Group>
      </Modal>
    </Stack>
  );
}

function Ledger({ rows }: { rows: Schema<"ConsentEntry">[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={2} mb={4}>
        {t("consent.ledger")}
      </Title>
      <Text size="sm" className="so-dim" mb="sm">
        {t("consent.ledgerHint")}
      </Text>
      <div style={{ overflowX: "auto" }} tabIndex={0} role="region" aria-label={t("consent.ledger")}>
        <Table miw={560} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("consent.when")}</Table.Th>
              <Table.Th>{t("people.state")}</Table.Th>
              <Table.Th>{t("consent.what")}</Table.Th>
              <Table.Th>{t("consent.source")}</Table.Th>
              <Table.Th>{t("consent.proof")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((e) => (
              <Table.Tr key={e.id}>
                <Table.Td>
                  <When at={e.occurred_at} relative={false} />
                </Table.Td>
                <Table.Td>
                  <StateBadge state={e.state} />
                </Table.Td>
                <Table.Td>
                  {e.channel} · {e.purpose}
                </Table.Td>
                <Table.Td>
                  {e.source} ({t(`sourceKind.${e.source_kind}`, { defaultValue: e.source_kind })})
                </Table.Td>
                <Table.Td>
                  <Text size="xs" style={{ overflowWrap: "anywhere" }} title={e.hash}>
                    {Object.entries(e.proof ?? {})
                      .map(([k, v]) => `${k}: ${String(v)}`)
                      .join(", ") || "–"}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Paper>
  );
}

function GrantDialog({ opened, onClose, onGrant, pending }: { opened: boolean; onClose: () => void; onGrant: (evidence: string) => void; pending: boolean }) {
  const { t } = useTranslation();
  const [evidence, setEvidence] = useState("");
  return (
    <Modal opened={opened} onClose={onClose} title={t("consent.grantTitle")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <TextInput label={t("consent.evidence")} description={t("consent.evidenceHint")} required value={evidence} onChange={(e) => setEvidence(e.currentTarget.value)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button disabled={evidence.trim() === ""} loading={pending} onClick={() => onGrant(evidence.trim())}>
            {t("consent.grant")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useChange(id: string, done: () => void) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Schema<"ConsentChange">) => changeConsent(id, body),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["customer", id] });
      notifications.show({ message: t("consent.recorded") });
      done();
    },
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
}

function useBlock(id: string, done: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Schema<"SuppressRequest">) => suppress(id, body),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["customer", id] });
      done();
    },
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
}
