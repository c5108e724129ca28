import { ActionIcon, Button, Checkbox, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DurationInput } from "../../components/duration-input";
import type { Definition } from "./api";

const most = 5;

/** The subject: the template's own, another one, or several of which a test chooses. */
export function SubjectForm({ definition: d, define }: { definition: Definition; define: (change: Partial<Definition>) => void }) {
  const { t } = useTranslation();
  const test = d.test;
  const change = (c: Partial<NonNullable<Definition["test"]>>) => test && define({ test: { ...test, ...c } });
  return (
    <Stack gap="sm">
      {!test && <TextInput label={t("bc.subject")} description={t("bc.subjectHint")} maxLength={500} value={d.subject ?? ""} onChange={(e) => define({ subject: e.currentTarget.value || undefined })} />}
      <Checkbox
        label={t("bc.test")}
        description={t("bc.testHint")}
        checked={!!test}
        onChange={(e) => define(e.currentTarget.checked ? { test: { subjects: [d.subject ?? "", ""] }, subject: undefined } : { test: undefined, subject: test?.subjects[0] || undefined })}
      />
      {test && (
        <>
          {test.subjects.map((subject, i) => (
            <Group key={i} gap="xs" align="flex-end" wrap="nowrap">
              <TextInput
                style={{ flex: 1 }}
                label={t("bc.testSubject", { n: i + 1 })}
                required
                maxLength={500}
                value={subject}
                onChange={(e) => change({ subjects: test.subjects.map((s, k) => (k === i ? e.currentTarget.value : s)) })}
              />
              {test.subjects.length > 2 && (
                <ActionIcon variant="default" size="lg" aria-label={t("bc.testRemove", { n: i + 1 })} onClick={() => change({ subjects: test.subjects.filter((_, k) => k !== i) })}>
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              )}
            </Group>
          ))}
          {test.subjects.length < most && (
            <div>
              <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change({ subjects: [...test.subjects, ""] })}>
                {t("bc.testAdd")}
              </Button>
            </div>
          )}
          <Group grow align="flex-end">
            <NumberInput label={t("bc.testShare")} min={1} max={100} allowDecimal={false} placeholder="20" value={test.share || ""} onChange={(v) => change({ share: Number(v) > 0 ? Number(v) : undefined })} />
            <Select
              label={t("bc.testMetric")}
              allowDeselect={false}
              data={["opened", "clicked"].map((m) => ({ value: m, label: t(`bc.metric.${m}`) }))}
              value={test.metric || "opened"}
              onChange={(metric) => metric && change({ metric })}
            />
          </Group>
          <DurationInput label={t("bc.testWait")} placeholder="PT4H" units={["minute", "hour", "day"]} value={test.wait} onChange={(wait) => change({ wait })} />
        </>
      )}
    </Stack>
  );
}
