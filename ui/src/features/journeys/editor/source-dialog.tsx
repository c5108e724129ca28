import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../../api/client";
import { ApiError } from "../../../api/errors";
import { ListSkeleton, LoadError } from "../../../components/page";
import type { JourneyDocument } from "../document";

/** The journey as YAML, read back by the server's own parser. */
export function SourceDialog({ doc, readOnly, onClose, onSave }: { doc: JourneyDocument; readOnly: boolean; onClose: () => void; onSave: (d: JourneyDocument) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState("");
  const given = useQuery({ queryKey: ["journey-source", doc], queryFn: () => unwrap(api.POST("/api/admin/v1/journeys/source", { body: { document: doc } })), staleTime: Infinity });
  const save = async () => {
    try {
      const read = await unwrap(api.POST("/api/admin/v1/journeys/source", { body: { text: text ?? "" } }));
      if (read.document.key !== doc.key) return setError(t("editor.keyStays"));
      onSave(read.document as JourneyDocument);
      onClose();
    } catch (e) {
      setError(e instanceof ApiError ? [e.message, ...e.fields.map((f) => `${f.location}: ${f.message}`)].join("\n") : String(e));
    }
  };
  return (
    <Modal opened onClose={onClose} size="xl" title={t("editor.yaml")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {given.isPending && <ListSkeleton rows={3} />}
      {given.isError && <LoadError error={given.error} />}
      {given.data && (
        <Stack>
          <Textarea label={t("editor.yaml")} autosize minRows={12} maxRows={28} readOnly={readOnly} value={text ?? given.data.yaml} error={error || undefined} onChange={(e) => setText(e.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 }, error: { whiteSpace: "pre-line" } }} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button disabled={text === null || readOnly} onClick={() => void save()}>
              {t("editor.take")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
