import { Button, Divider, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/errors";
import { useMe } from "../../api/session";
import { DurationInput } from "../../components/duration-input";
import { languages } from "../../i18n";
import { fromWallClock, toWallClock } from "../../lib/moment";
import { keyOf, type Offer, type OfferSave, offersQuery, saveOffer } from "./api";

const whole = (v: number | string): number | undefined => (v === "" ? undefined : Number(v));

/** Makes an offer, or changes one. Numbers are shown as people write them; the API has hundredths and minor units. */
export function OfferForm({ offer, onClose }: { offer?: Offer; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const taken = useQuery({ ...offersQuery(true), enabled: !offer });
  const [key, setKey] = useState<string>();
  const [o, setO] = useState<OfferSave>({
    name: offer?.name ?? "",
    partner: offer?.partner,
    state: offer?.state ?? "active",
    code_kind: offer?.code_kind ?? "pool",
    shared_code: offer?.shared_code,
    benefit_kind: offer?.benefit_kind ?? "percent",
    benefit_value: offer?.benefit_value,
    texts: offer?.texts ?? {},
    hold: offer?.hold ?? "P30D",
    valid_from: offer?.valid_from,
    valid_until: offer?.valid_until,
    budget: offer?.budget,
    per_customer: offer?.per_customer,
  });
  const [revision] = useState(offer?.revision); // as the form was opened: what came since must not be overwritten
  const put = (change: { [K in keyof OfferSave]?: OfferSave[K] | undefined }) => setO((old) => ({ ...old, ...change }) as OfferSave);
  const finalKey = offer?.key ?? key ?? keyOf(o.name);
  const known = !offer && (taken.data?.items ?? []).some((x) => x.key === finalKey);
  const unit = 10 ** (new Intl.NumberFormat("en", { style: "currency", currency: me.workspace.currency }).resolvedOptions().maximumFractionDigits ?? 2);
  const scale = o.benefit_kind === "percent" ? 100 : unit;
  const save = useMutation({
    mutationFn: () => saveOffer(finalKey, revision, { ...o, name: o.name.trim(), shared_code: o.code_kind === "shared" ? o.shared_code : undefined, benefit_value: o.benefit_kind === "other" ? undefined : o.benefit_value } as OfferSave),
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: ["offers"] });
      notifications.show({ message: t("common.saved") });
      onClose();
      if (!offer) await navigate({ to: "/offers/$offerKey", params: { offerKey: saved.key } });
    },
  });
  const fields = save.error instanceof ApiError ? save.error.fields : [];
  const wrong = (name: string) => fields.find((f) => f.location.endsWith(`.${name}`))?.message;
  const ends = o.valid_from && o.valid_until && o.valid_until <= o.valid_from ? t("offers.endsFirst") : wrong("valid_until");
  const ready = o.name.trim() !== "" && finalKey !== "" && !known && !(o.valid_from && o.valid_until && o.valid_until <= o.valid_from) && (o.code_kind !== "shared" || !!o.shared_code);
  const locales = [...new Set([...languages.map((l) => l.code as string), ...Object.keys(o.texts ?? {})])];
  const names = new Intl.DisplayNames([i18n.language], { type: "language" });
  const say = (locale: string, change: Partial<{ title: string; text: string }>) => put({ texts: { ...o.texts, [locale]: { title: "", text: "", ...o.texts?.[locale], ...change } } });
  return (
    <Modal opened onClose={onClose} size="lg" title={t(offer ? "offers.edit" : "offers.new")} closeButtonProps={{ "aria-label": t("common.close") }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) save.mutate();
        }}
      >
        <Stack>
          <TextInput label={t("offers.name")} description={t("offers.nameHint")} required maxLength={200} value={o.name} onChange={(e) => put({ name: e.currentTarget.value })} data-autofocus />
          {!offer && <TextInput label={t("offers.key")} description={t("offers.keyHint")} value={finalKey} onChange={(e) => setKey(e.currentTarget.value)} error={known ? t("offers.keyTaken") : wrong("key")} />}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label={t("offers.benefit")}
              allowDeselect={false}
              value={o.benefit_kind}
              onChange={(v) => put({ benefit_kind: (v ?? "other") as OfferSave["benefit_kind"], benefit_value: undefined })}
              data={(["percent", "amount", "other"] as const).map((x) => ({ value: x, label: t(`offers.benefitKind.${x}`) }))}
            />
            {o.benefit_kind !== "other" && (
              <NumberInput
                label={t("offers.worth")}
                min={0}
                max={o.benefit_kind === "percent" ? 100 : undefined}
                decimalScale={Math.round(Math.log10(scale))}
                suffix={o.benefit_kind === "percent" ? "%" : undefined}
                prefix={o.benefit_kind === "amount" ? `${me.workspace.currency} ` : undefined}
                value={o.benefit_value == null ? "" : o.benefit_value / scale}
                onChange={(v) => put({ benefit_value: v === "" ? undefined : Math.round(Number(v) * scale) })}
              />
            )}
            <Select
              label={t("offers.codes")}
              allowDeselect={false}
              value={o.code_kind}
              onChange={(v) => put({ code_kind: (v ?? "none") as OfferSave["code_kind"] })}
              data={(["pool", "shared", "none"] as const).map((x) => ({ value: x, label: t(`offers.codeKind.${x}`) }))}
            />
            {o.code_kind === "shared" && <TextInput label={t("offers.sharedCode")} required maxLength={64} value={o.shared_code ?? ""} onChange={(e) => put({ shared_code: e.currentTarget.value.trim() })} error={wrong("shared_code")} />}
          </SimpleGrid>
          {o.code_kind === "pool" && !offer && (
            <Text size="sm" className="so-dim">
              {t("offers.poolNext")}
            </Text>
          )}
          <Divider label={t("offers.limits")} labelPosition="left" />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput type="datetime-local" label={t("offers.from")} value={toWallClock(o.valid_from)} onChange={(e) => put({ valid_from: fromWallClock(e.currentTarget.value) })} />
            <TextInput type="datetime-local" label={t("offers.until")} value={toWallClock(o.valid_until)} onChange={(e) => put({ valid_until: fromWallClock(e.currentTarget.value) })} error={ends} />
            <NumberInput label={t("offers.budget")} description={t("offers.budgetHint")} min={0} allowDecimal={false} value={o.budget ?? ""} onChange={(v) => put({ budget: whole(v) })} />
            <NumberInput label={t("offers.perCustomer")} description={t("offers.perCustomerHint")} min={0} allowDecimal={false} value={o.per_customer || ""} onChange={(v) => put({ per_customer: whole(v) })} />
          </SimpleGrid>
          <DurationInput label={t("offers.hold")} description={t("offers.holdHint")} value={o.hold} placeholder="P30D" onChange={(hold) => put({ hold })} error={wrong("hold") ?? ""} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label={t("offers.partner")} description={t("offers.partnerHint")} maxLength={200} value={o.partner ?? ""} onChange={(e) => put({ partner: e.currentTarget.value })} />
            <Select
              label={t("people.state")}
              description={t("offers.stateHint")}
              allowDeselect={false}
              value={o.state ?? "active"}
              onChange={(v) => put({ state: (v ?? "active") as OfferSave["state"] })}
              data={(["active", "paused", "archived"] as const).map((x) => ({ value: x, label: t(`offerState.${x}`) }))}
            />
          </SimpleGrid>
          <Divider label={t("offers.texts")} labelPosition="left" />
          <Tabs defaultValue={locales[0]} keepMounted={false}>
            <Tabs.List aria-label={t("offers.texts")}>
              {locales.map((l) => (
                <Tabs.Tab key={l} value={l}>
                  {names.of(l) ?? l}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {locales.map((l) => (
              <Tabs.Panel key={l} value={l} pt="sm">
                <Stack gap="xs">
                  <TextInput label={t("offers.title")} lang={l} maxLength={200} value={o.texts?.[l]?.title ?? ""} onChange={(e) => say(l, { title: e.currentTarget.value })} />
                  <Textarea label={t("offers.text")} lang={l} maxLength={2000} autosize minRows={2} value={o.texts?.[l]?.text ?? ""} onChange={(e) => say(l, { text: e.currentTarget.value })} />
                </Stack>
              </Tabs.Panel>
            ))}
          </Tabs>
          {save.isError && (
            <Text size="sm" role="alert" fw={600}>
              {save.error.message}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!ready} loading={save.isPending}>
              {t(offer ? "common.save" : "offers.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
