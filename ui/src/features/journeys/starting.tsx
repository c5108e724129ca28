import { ActionIcon, Autocomplete, Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCopy } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../../api/catalogue";
import { createFromDocument, journeyQuery } from "./api";
import type { JourneyDocument } from "./document";
import { entryFields } from "./editor/fields";

/** A key made of a name: small letters, digits and hyphens. */
export function keyOf(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
}

/** A key that is free: the wanted one, or with the next number. */
export function freeKey(wanted: string, taken: string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let i = 2;
  while (taken.includes(`${wanted}-${i}`)) i++;
  return `${wanted}-${i}`;
}

function useCreate(after?: () => void) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (make: JourneyDocument | (() => Promise<JourneyDocument>)) => createFromDocument(typeof make === "function" ? await make() : make),
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ["journeys"] });
      after?.();
      await navigate({ to: "/journeys/$journeyKey/edit", params: { journeyKey: made.key } });
    },
    onError: (error) => notifications.show({ color: "red", message: error.message }),
  });
}

/** An empty canvas: what a journey is called, what it is for and who enters. The steps come in the editor. */
export function EmptyJourneyDialog({ taken, onClose }: { taken: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const catalogue = useCatalogue();
  const [name, setName] = useState("");
  const [ownKey, setKey] = useState<string | null>(null);
  const [purpose, setPurpose] = useState<string | null>(null);
  const [kind, setKind] = useState("event");
  const [event, setEvent] = useState("");
  const create = useCreate(onClose);
  const key = ownKey ?? (keyOf(name) && freeKey(keyOf(name), taken));
  const used = taken.includes(key);
  const bad = key !== "" && keyOf(key) !== key;
  const complete = name.trim() !== "" && key !== "" && !used && !bad && !!purpose && (kind !== "event" || event !== "");
  const submit = () =>
    complete && create.mutate({ key, name: name.trim(), purpose, entry: { kind, ...(kind === "event" ? { event } : {}) }, steps: [] } as unknown as JourneyDocument);
  return (
    <Modal opened onClose={onClose} title={t("journeys.fromNothing")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          submit();
        }}
      >
        <Stack>
          <TextInput data-autofocus required label={t("f.name")} value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <TextInput required label={t("journeys.key")} description={t("journeys.keyHint")} value={key} error={used ? t("journeys.keyTaken") : bad ? t("journeys.keyBad") : undefined} onChange={(e) => setKey(e.currentTarget.value)} />
          <Select required label={t("f.purpose")} value={purpose} data={catalogue.purposes} onChange={setPurpose} />
          <Select required allowDeselect={false} label={t("f.entryKind")} value={kind} data={Object.keys(entryFields).map((k) => ({ value: k, label: t(`entryKind.${k}`) }))} onChange={(v) => v && setKind(v)} />
          {kind === "event" && <Autocomplete required label={t("f.event")} value={event} data={catalogue.events.map((e) => e.name)} onChange={setEvent} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!complete} loading={create.isPending}>
              {t("journeys.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Makes a journey of one's own from the draft of another and opens it; nothing of it is published. */
export function DuplicateButton({ journeyKey, name, taken }: { journeyKey: string; name: string; taken: string[] }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const create = useCreate();
  const copy = async (): Promise<JourneyDocument> => {
    const { draft } = await queryClient.fetchQuery({ ...journeyQuery(journeyKey), staleTime: 0 });
    const key = freeKey(journeyKey, taken);
    return { ...(draft as JourneyDocument), key, name: `${draft.name} (${key.slice(journeyKey.length + 1)})` };
  };
  return (
    <ActionIcon variant="default" size="lg" aria-label={t("journeys.duplicateOf", { name })} title={t("journeys.duplicateOf", { name })} loading={create.isPending} onClick={() => create.mutate(copy)}>
      <IconCopy size={16} aria-hidden />
    </ActionIcon>
  );
}
