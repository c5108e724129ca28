import { Button, Group, NumberInput, Paper, Select, SimpleGrid, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ActionIcon } from "@mantine/core";
import { api, unwrap } from "../../api/client";
import type { Schema } from "../../api/types";
import { ListSkeleton, LoadError } from "../../components/page";
import { useMay } from "../../api/session";

type Values = Schema<"Settings">;

/** The settings with their ETag: who saves says what he has seen, so that nobody overwrites somebody else. */
async function loadSettings(): Promise<{ settings: Values; tag: string }> {
  const call = await api.GET("/api/admin/v1/settings");
  return { settings: await unwrap(Promise.resolve(call)), tag: call.response.headers.get("ETag") ?? "" };
}

export function General() {
  const settings = useQuery({ queryKey: ["settings"], queryFn: loadSettings, refetchOnWindowFocus: false });
  if (settings.isPending) return <ListSkeleton rows={4} />;
  if (settings.isError) return <LoadError error={settings.error} onRetry={() => void settings.refetch()} />;
  return <SettingsForm key={settings.dataUpdatedAt} initial={settings.data.settings} tag={settings.data.tag} />;
}

/** The workspace, how often a customer is written to at most, and when not at all. */
function SettingsForm({ initial, tag }: { initial: Values; tag: string }) {
  const { t } = useTranslation();
  const may = useMay("settings.write");
  const queryClient = useQueryClient();
  const form = useForm<Values>({ initialValues: initial });
  const save = useMutation({
    mutationFn: (body: Values) => unwrap(api.PUT("/api/admin/v1/settings", { body, params: { header: { "If-Match": tag } } })),
    onSuccess: async () => {
      notifications.show({ message: t("common.saved") });
      await queryClient.invalidateQueries({ queryKey: ["settings"] });
      await queryClient.invalidateQueries({ queryKey: ["me"] });
    },
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  const quiet = form.values.quiet_hours;
  return (
    <form onSubmit={form.onSubmit((v) => save.mutate(v))}>
      <fieldset disabled={!may} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack maw={760}>
          <Paper withBorder p="md">
            <Title order={2} mb="sm">
              {t("general.workspace")}
            </Title>
            <Stack gap="sm">
              <TextInput label={t("general.name")} required {...form.getInputProps("name")} />
              <Group grow>
                <Select label={t("general.timezone")} searchable data={Intl.supportedValuesOf("timeZone")} {...form.getInputProps("timezone")} />
                <TextInput label={t("general.currency")} maxLength={3} {...form.getInputProps("currency")} />
                <TextInput label={t("general.locale")} {...form.getInputProps("locale")} />
              </Group>
              <TextInput label={t("general.publicUrl")} description={t("general.publicUrlHint")} {...form.getInputProps("public_url")} />
            </Stack>
          </Paper>
          <Paper withBorder p="md">
            <Title order={2} mb={4}>
              {t("general.caps")}
            </Title>
            <Text size="sm" className="so-dim" mb="sm">
              {t("general.capsHint")}
            </Text>
            <Stack gap="sm">
              {(form.values.caps ?? []).map((_, i) => (
                <Group key={i} align="flex-end" gap="sm">
                  <NumberInput label={t("general.max")} min={1} w={110} {...form.getInputProps(`caps.${i}.max`)} />
                  <TextInput label={t("general.window")} w={120} {...form.getInputProps(`caps.${i}.window`)} />
                  <Select
                    label={t("general.kind")}
                    w={190}
                    allowDeselect={false}
                    data={[
                      { value: "sliding", label: t("general.sliding") },
                      { value: "calendar", label: t("general.calendar") },
                    ]}
                    {...form.getInputProps(`caps.${i}.kind`)}
                  />
                  <ActionIcon variant="default" size={36} aria-label={t("general.removeCap", { n: i + 1 })} onClick={() => form.removeListItem("caps", i)}>
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                </Group>
              ))}
              <Group>
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<IconPlus size={14} aria-hidden />}
                  onClick={() => form.insertListItem("caps", { max: 3, window: "P7D", kind: "sliding", channels: ["email", "sms"], purposes: ["marketing"] })}
                >
                  {t("general.addCap")}
                </Button>
              </Group>
            </Stack>
          </Paper>
          <Paper withBorder p="md">
            <Title order={2} mb={4}>
              {t("general.quiet")}
            </Title>
            <Text size="sm" className="so-dim" mb="sm">
              {t("general.quietHint")}
            </Text>
            <Group align="flex-end">
              <Switch
                label={t("general.quietOn")}
                checked={quiet != null}
                onChange={(e) => form.setFieldValue("quiet_hours", e.currentTarget.checked ? { from: "21:00", to: "08:00" } : undefined)}
              />
              {quiet && (
                <>
                  <TextInput type="time" label={t("general.from")} {...form.getInputProps("quiet_hours.from")} />
                  <TextInput type="time" label={t("general.to")} {...form.getInputProps("quiet_hours.to")} />
                </>
              )}
            </Group>
          </Paper>
          {form.values.guard && (
            <Paper withBorder p="md">
              <Title order={2} mb={4}>
                {t("general.guard")}
              </Title>
              <Text size="sm" className="so-dim" mb="sm">
                {t("general.guardHint")}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
                {(["bounce", "complaint", "unsubscribe"] as const).map((line) => (
                  <NumberInput key={line} label={t(`general.guard_${line}`)} suffix=" %" min={0} max={100} step={0.1} decimalScale={2} required {...form.getInputProps(`guard.${line}`)} />
                ))}
                <NumberInput label={t("general.guardSample")} min={1} max={1000000} allowDecimal={false} required {...form.getInputProps(`guard.${"sample" as const}`)} />
              </SimpleGrid>
            </Paper>
          )}
          {form.values.tracking && (
            <Paper withBorder p="md">
              <Title order={2} mb={4}>
                {t("general.tracking")}
              </Title>
              <Text size="sm" className="so-dim" mb="sm">
                {t("general.trackingHint")}
              </Text>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                {(["opens", "clicks"] as const).map((what) => (
                  <Select key={what} allowDeselect={false} label={t(`general.track_${what}`)} data={(["off", "consented", "unless_refused"] as const).map((m) => ({ value: m, label: t(`general.track.${m}`) }))} {...form.getInputProps(`tracking.${what}`)} />
                ))}
              </SimpleGrid>
            </Paper>
          )}
          {may && (
            <Group>
              <Button type="submit" loading={save.isPending}>
                {t("common.save")}
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}
