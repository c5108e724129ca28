import { Alert, AppShell, Avatar, Badge, Box, Burger, Group, Menu, NavLink, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconActivity,
  IconChecklist,
  IconCalendar,
  IconDeviceDesktop,
  IconGift,
  IconHandStop,
  IconHome2,
  IconInbox,
  IconKey,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconRoute,
  IconSettings,
  IconSpeakerphone,
  IconSun,
  IconTopologyStar3,
  IconUserHeart,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RouterAnchor, RouterNavLink } from "../components/link";
import { signOut, useMay, useMe } from "../api/session";
import { taskCountQuery } from "../features/tasks/api";
import { chooseLanguage, languages } from "../i18n";

const places = [
  { to: "/", key: "home", icon: IconHome2, inboxOnly: false },
  { to: "/journeys", key: "journeys", icon: IconRoute, inboxOnly: false },
  { to: "/broadcasts", key: "broadcasts", icon: IconSpeakerphone, inboxOnly: false },
  { to: "/calendar", key: "calendar", icon: IconCalendar, inboxOnly: false },
  { to: "/customers", key: "customers", icon: IconUsers, inboxOnly: false },
  { to: "/tasks", key: "tasks", icon: IconChecklist, inboxOnly: false },
  { to: "/offers", key: "offers", icon: IconGift, inboxOnly: false },
  { to: "/referrals", key: "referrals", icon: IconUserHeart, inboxOnly: false },
  { to: "/inbox", key: "inbox", icon: IconInbox, inboxOnly: true },
  { to: "/events", key: "events", icon: IconActivity, inboxOnly: false },
  { to: "/api-keys", key: "keys", icon: IconKey, inboxOnly: false },
  { to: "/settings", key: "settings", icon: IconSettings, inboxOnly: false },
] as const;

/** The frame around every page: where one can go, whose workspace it is, and whether sending is stopped. */
export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const mayTasks = useMay("tasks.work");
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (s) => s.location.pathname });
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !opened } }} padding={{ base: "sm", sm: "lg" }}>
      <a className="so-skip" href="#content">
        {t("common.skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("nav.menu")} />
            <img src="/favicon.svg" alt="" width={26} height={26} />
            <Text fw={700}>Sojourn</Text>
            <Text className="so-dim" size="sm" visibleFrom="xs" truncate>
              {me.workspace.name}
            </Text>
          </Group>
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("nav.main")}>
        {places
          .filter((p) => (!p.inboxOnly || me.has_inbox) && (p.key !== "tasks" || mayTasks))
          .map((p) => (
            <RouterNavLink
              key={p.to}
              to={p.to}
              label={t(`nav.${p.key}`)}
              leftSection={<p.icon size={18} stroke={1.6} aria-hidden />}
              rightSection={p.key === "tasks" ? <OpenTasks /> : undefined}
              active={p.to === "/" ? path === "/" : path.startsWith(p.to)}
              onClick={close}
              variant="light"
              style={{ borderRadius: 8 }}
            />
          ))}
        {me.temporal_web_url && (
          <NavLink
            component="a"
            href={me.temporal_web_url}
            target="_blank"
            rel="noreferrer"
            label={t("nav.temporal")}
            leftSection={<IconTopologyStar3 size={18} stroke={1.6} aria-hidden />}
            style={{ borderRadius: 8 }}
          />
        )}
        <Box mt="auto" p="xs">
          <Text size="xs" className="so-dim">
            Sojourn {me.version}
          </Text>
        </Box>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: "none" }}>
        {me.workspace.sending_stopped && (
          <Alert color="red" icon={<IconHandStop size={18} aria-hidden />} mb="md" title={t("sending.stoppedTitle")}>
            {t("sending.stoppedHint")}{" "}
            <RouterAnchor to="/settings" search={{ tab: "sending" }} inherit c="inherit" underline="always">
              {t("sending.open")}
            </RouterAnchor>
          </Alert>
        )}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

/** How many tasks are open; nothing when there are none. */
function OpenTasks() {
  const { t, i18n } = useTranslation();
  const open = useQuery(taskCountQuery).data?.open ?? 0;
  if (open === 0) return null;
  return (
    <Badge variant="default" size="sm" title={t("tasks.openCount", { count: open })}>
      {new Intl.NumberFormat(i18n.language, { notation: "compact" }).format(open)}
    </Badge>
  );
}

function UserMenu() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = async () => {
    await signOut();
    queryClient.clear();
    await navigate({ to: "/sign-in" });
  };
  const schemes = [
    { value: "light", icon: IconSun },
    { value: "dark", icon: IconMoon },
    { value: "auto", icon: IconDeviceDesktop },
  ] as const;
  return (
    <Menu position="bottom-end" width={230} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton aria-label={t("nav.account", { name: me.user.name })}>
          <Avatar name={me.user.name} color="sojourn.9" variant="filled" radius="xl" size={34} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.user.email} · {t(`role.${me.role}`)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("nav.appearance")}</Menu.Label>
        {schemes.map((s) => (
          <Menu.Item key={s.value} leftSection={<s.icon size={16} aria-hidden />} onClick={() => setColorScheme(s.value)} fw={colorScheme === s.value ? 650 : undefined}>
            {t(`scheme.${s.value}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("nav.language")}</Menu.Label>
        {languages.map((l) => (
          <Menu.Item key={l.code} lang={l.code} leftSection={<IconLanguage size={16} aria-hidden />} onClick={() => chooseLanguage(l.code)} fw={i18n.language === l.code ? 650 : undefined}>
            {l.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void leave()}>
          {t("nav.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
