import { Button, Group, Modal, NumberInput, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "../../lib/format";
import { addCodes, type Offer } from "./api";

const most = 10_000; // what one request takes

/** Fills a pool: with codes somebody else made, or with new ones. */
export function AddCodes({ offer, onClose }: { offer: Offer; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const [how, setHow] = useState<"import" | "generate">("import");
  const [text, setText] = useState("");
  const [many, setMany] = useState<number | string>(100);
  const [prefix, setPrefix] = useState("");
  const [batch, setBatch] = useState("");
  const codes = text.split(/[\s,;]+/).filter(Boolean);
  const n = (x: number) => formatNumber(x, i18n.language);
  const add = useMutation({
    mutationFn: () => addCodes(offer.key, { ...(how === "import" ? { codes } : { generate: Number(many), prefix: prefix.trim() }), batch: batch.trim() || undefined }),
    onSuccess: async (r) => {
      notifications.show({ message: t("offers.codesAdded", { count: r.added, n: n(r.added) }) + (r.known ? ` ${t("offers.codesKnown", { count: r.known, n: n(r.known) })}` : "") });
      await queryClient.invalidateQueries({ queryKey: ["offers"] });
      onClose();
    },
  });
  const tooMany = codes.length > most;
  const badPrefix = !/^[A-Za-z0-9-]*$/.test(prefix.trim());
  const ready = how === "import" ? codes.length > 0 && !tooMany : Number(many) > 0 && Number(many) <= most && !badPrefix;
  return (
    <Modal opened onClose={onClose} title={t("offers.addCodes")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) add.mutate();
        }}
      >
        <Stack>
          <SegmentedControl
            aria-label={t("offers.addCodes")}
            value={how}
            onChange={(v) => setHow(v as typeof how)}
            data={[
              { value: "import", label: t("offers.import") },
              { value: "generate", label: t("offers.generate") },
            ]}
          />
          {how === "import" ? (
            <Textarea
              label={t("offers.codeList")}
              description={t("offers.codeListHint")}
              placeholder={"SUMMER-0001\nSUMMER-0002"}
              autosize
              minRows={5}
              maxRows={12}
              value={text}
              onChange={(e) => setText(e.currentTarget.value)}
              error={tooMany ? t("offers.tooMany", { n: n(most) }) : undefined}
              data-autofocus
            />
          ) : (
            <>
              <NumberInput label={t("offers.howMany")} min={1} max={most} allowDecimal={false} thousandSeparator=" " value={many} onChange={setMany} />
              <TextInput label={t("offers.prefix")} description={t("offers.prefixHint")} maxLength={20} value={prefix} onChange={(e) => setPrefix(e.currentTarget.value)} error={badPrefix ? t("offers.prefixBad") : undefined} />
            </>
          )}
          <TextInput label={t("offers.batch")} description={t("offers.batchHint")} maxLength={64} value={batch} onChange={(e) => setBatch(e.currentTarget.value)} />
          {add.isError && (
            <Text size="sm" role="alert" fw={600}>
              {[add.error.message, ...("fields" in add.error ? (add.error.fields as { message: string }[]).map((f) => f.message) : [])].join(": ")}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!ready} loading={add.isPending}>
              {how === "import" ? t("offers.importN", { count: codes.length, n: n(codes.length) }) : t("offers.generateN", { count: Number(many), n: n(Number(many) || 0) })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
