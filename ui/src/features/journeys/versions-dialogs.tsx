import { Alert, Badge, Button, Checkbox, Group, List, Modal, Radio, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ListSkeleton, LoadError } from "../../components/page";
import { ApiError } from "../../api/errors";
import { type Journey, versionQuery } from "./api";
import { DiffCanvas } from "./versions-diff";
import type { JourneyDocument } from "./document";
import { exitName } from "./sentences";
import { diffQuery, type Flight, type Mapping, rollBack, startOperation } from "./versions-api";
import { MoveTable } from "./versions-move";

const colour = { added: "green", removed: "red", changed: "yellow" } as const;
const mark = { added: "+", removed: "−", changed: "~" } as const;

function Op({ op }: { op: keyof typeof colour }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={colour[op]} size="sm" aria-label={t(`diff.${op}`)}>
      {mark[op]}
    </Badge>
  );
}

const text = (value: unknown) => (value === undefined ? "" : JSON.stringify(value));

/** How a version differs from another one, or from the draft (0). */
export function DiffDialog({ journey, from, to, onClose }: { journey: Journey; from: number; to: number; onClose: () => void }) {
  const { t } = useTranslation();
  const diff = useQuery(diffQuery(journey.key, from, to));
  const name = (n: number) => (n === 0 ? t("journey.draft") : t("journeys.version", { n }));
  const d = diff.data?.difference;
  const named = new Map([diff.data?.before, diff.data?.after].flatMap((doc) => (doc as JourneyDocument | undefined)?.steps ?? []).map((s) => [s.id, s.name || s.id]));
  const step = (id?: string) => (id ? (named.get(id) ?? id) : t("diff.end"));
  return (
    <Modal opened onClose={onClose} size="min(1100px, 96vw)" title={t("diff.title", { from: name(from), to: name(to) })} closeButtonProps={{ "aria-label": t("common.close") }}>
      {diff.isPending && <ListSkeleton rows={4} />}
      {diff.isError && <LoadError error={diff.error} />}
      {d?.same && <Text size="sm">{t("diff.same")}</Text>}
      {d && !d.same && (
        <Stack gap="sm">
          {diff.data && <DiffCanvas diff={diff.data} />}
          {d.start && <Text size="sm">{t("diff.start", { was: step(d.start.was), to: step(d.start.to) })}</Text>}
          {[{ id: "", fields: d.journey ?? [] }].filter((x) => x.fields.length > 0).map((x) => <Fields key="journey" title={t("diff.journey")} fields={x.fields} />)}
          {(d.steps ?? []).map((s) => (
            <div key={s.op + s.id}>
              <Group gap="xs" wrap="nowrap">
                <Op op={s.op as "added"} />
                <Text size="sm" fw={600}>
                  {s.name || s.id}
                </Text>
                <Text size="xs" className="so-dim">
                  {t(`kind.${s.kind}`, { defaultValue: s.kind })}
                </Text>
              </Group>
              {(s.fields ?? []).length > 0 && <Fields fields={s.fields ?? []} />}
            </div>
          ))}
          {(d.edges ?? []).length > 0 && (
            <div>
              <Title order={3} size="h6">
                {t("diff.ways")}
              </Title>
              {(d.edges ?? []).map((e) => (
                <Group gap="xs" key={e.from + e.exit + e.op}>
                  <Op op={e.op as "added"} />
                  <Text size="sm">
                    {step(e.from)} – {exitName(e.exit, t)} → {step(e.op === "removed" ? e.was : e.to)}
                    {e.op === "changed" && ` (${step(e.was)})`}
                  </Text>
                </Group>
              ))}
            </div>
          )}
        </Stack>
      )}
    </Modal>
  );
}

type Field = { path: string; op: string; before?: unknown; after?: unknown };
function Fields({ title, fields }: { title?: string; fields: Field[] }) {
  return (
    <div>
      {title && (
        <Title order={3} size="h6">
          {title}
        </Title>
      )}
      <List size="sm" listStyleType="none">
        {fields.map((f) => (
          <List.Item key={f.path}>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <Op op={f.op as "added"} />
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {f.path}: {text(f.before)} {f.op === "changed" ? "→" : ""} {text(f.after)}
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </div>
  );
}

/** A change of versions, with what has to be told afterwards. */
export function useVersionAction<A>(key: string, run: (args: A) => Promise<unknown>, done: string, after?: () => void, asks?: (error: Error) => boolean) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["journey", key] });
      notifications.show({ message: done });
      after?.();
    },
    onError: (error) => {
      if (!asks?.(error)) notifications.show({ color: "red", message: error.message, autoClose: false });
    },
  });
}

const asksAboutJump = (error: Error | null) => error instanceof ApiError && error.fields.some((f) => f.location === "body.confirm");

/** Moves everybody who is in another version to the live one. */
export function MoveDialog({ journey, document, onClose }: { journey: Journey; document: JourneyDocument; onClose: () => void }) {
  const { t } = useTranslation();
  const [mapping, setMapping] = useState<Mapping>({});
  const move = useVersionAction(journey.key, () => startOperation(journey.key, { kind: "move", to: journey.live_version, mapping }), t("move.started"), onClose);
  return (
    <Modal opened onClose={onClose} size="lg" title={t("move.title")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{t("move.text", { n: journey.live_version })}</Text>
        <MoveTable journeyKey={journey.key} to={journey.live_version} document={document} mapping={mapping} onMapping={setMapping} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button onClick={() => move.mutate(undefined)} loading={move.isPending}>
            {t("move.do")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Publishes an older version again, and says what becomes of the people in others. A jump in volume is asked about, as on publishing. */
export function RollBackDialog({ journey, version, onClose }: { journey: Journey; version: number; onClose: () => void }) {
  const { t } = useTranslation();
  const [flight, setFlight] = useState<Flight>("stay");
  const [mapping, setMapping] = useState<Mapping>({});
  const [confirmed, setConfirmed] = useState(false);
  const older = useQuery({ ...versionQuery(journey.key, version), enabled: flight === "move" });
  const document = older.data?.document as JourneyDocument | undefined;
  const back = useVersionAction(journey.key, () => rollBack(journey.key, { version, confirm: confirmed, in_flight: { mode: flight, mapping: flight === "move" ? mapping : undefined } }), t("versions.rolledBack"), onClose, asksAboutJump);
  const jump = asksAboutJump(back.error) ? back.error?.message : undefined;
  return (
    <Modal opened onClose={onClose} size="lg" title={t("versions.rollBackTitle", { n: version })} closeButtonProps={{ "aria-label": t("common.close") }}>
      <Stack>
        <Text size="sm">{t("versions.rollBackText", { n: version })}</Text>
        {journey.open_runs > 0 && (
          <Radio.Group label={t("publish.flight")} value={flight} onChange={(v) => setFlight(v as Flight)}>
            <Stack gap="xs" mt="xs">
              {(["stay", "move", "end"] as const).map((f) => (
                <Radio key={f} value={f} label={t(`publish.${f}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {flight === "move" && document && <MoveTable journeyKey={journey.key} to={version} document={document} mapping={mapping} onMapping={setMapping} />}
        {jump && (
          <>
            <Alert color="orange" title={t("publish.large")} role="alert">
              {jump}
            </Alert>
            <Checkbox checked={confirmed} onChange={(e) => setConfirmed(e.currentTarget.checked)} label={t("publish.confirm")} />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button onClick={() => back.mutate(undefined)} loading={back.isPending} disabled={jump !== undefined && !confirmed}>
            {t("versions.rollBack")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
