import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PageHeader } from "../../components/page";
import { useMay } from "../../api/session";
import { Account } from "./account";
import { Audit } from "./audit";
import { General } from "./general";
import { Sending } from "./sending";
import { Users } from "./users";

export function Settings() {
  const { t } = useTranslation();
  const { tab } = useSearch({ from: "/signed-in/settings" });
  const navigate = useNavigate({ from: "/settings" });
  const users = useMay("users.manage");
  const audit = useMay("audit.read");
  const read = useMay("settings.read");
  return (
    <>
      <PageHeader title={t("nav.settings")} lead={t("settings.lead")} />
      <Tabs value={tab ?? "sending"} onChange={(v) => void navigate({ search: { tab: v ?? undefined } })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="sending">{t("settings.sending")}</Tabs.Tab>
          {read && <Tabs.Tab value="general">{t("settings.general")}</Tabs.Tab>}
          {users && <Tabs.Tab value="users">{t("settings.users")}</Tabs.Tab>}
          {audit && <Tabs.Tab value="audit">{t("settings.audit")}</Tabs.Tab>}
          <Tabs.Tab value="account">{t("settings.account")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="sending">
          <Sending />
        </Tabs.Panel>
        <Tabs.Panel value="general">
          <General />
        </Tabs.Panel>
        <Tabs.Panel value="users">
          <Users />
        </Tabs.Panel>
        <Tabs.Panel value="audit">
          <Audit />
        </Tabs.Panel>
        <Tabs.Panel value="account">
          <Account />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
