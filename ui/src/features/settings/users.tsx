import { Alert, Button, Code, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "../../api/client";
import { paged, rowsOf, type Schema } from "../../api/types";
import { DataTable } from "../../components/data-table";
import { EmptyState, ListSkeleton, LoadError } from "../../components/page";
import { StateBadge } from "../../components/state-badge";
import { useMe } from "../../api/session";

type Role = Schema<"User">["role"];
const roles: Role[] = ["owner", "admin", "marketer", "analyst", "developer"];

export function Users() {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const [adding, setAdding] = useState(false);
  const users = useInfiniteQuery({
    queryKey: ["users"],
    ...paged<Schema<"User">>((page_token) => unwrap(api.GET("/api/admin/v1/users", { params: { query: { page_token } } }))),
  });
  const change = useMutation({
    mutationFn: ({ id, body }: { id: string; body: Schema<"UserChange"> }) => unwrap(api.PATCH("/api/admin/v1/users/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["users"] }),
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  if (users.isPending) return <ListSkeleton />;
  if (users.isError) return <LoadError error={users.error} onRetry={() => void users.refetch()} />;
  return (
    <Stack>
      <Group justify="flex-end">
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          {t("users.add")}
        </Button>
      </Group>
      <DataTable<Schema<"User">>
        label={t("settings.users")}
        rows={rowsOf(users.data)}
        rowKey={(u) => u.id}
        more={users.hasNextPage ? () => void users.fetchNextPage() : undefined}
        empty={<EmptyState icon={<IconUsers size={40} />} title={t("settings.users")} />}
        columns={[
          {
            key: "name",
            title: t("customers.name"),
            render: (u) => (
              <>
                <Text size="sm" fw={600}>
                  {u.name}
                </Text>
                <Text size="xs" className="so-dim">
                  {u.email}
                </Text>
              </>
            ),
          },
          {
            key: "role",
            title: t("users.role"),
            render: (u) => (
              <Select
                aria-label={t("users.roleOf", { name: u.name })}
                size="xs"
                w={150}
                allowDeselect={false}
                disabled={u.id === me.user.id}
                value={u.role}
                data={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))}
                onChange={(r) => r && change.mutate({ id: u.id, body: { role: r as Role } })}
              />
            ),
          },
          { key: "state", title: t("people.state"), render: (u) => <StateBadge state={u.disabled ? "revoked" : "active"} label={t(u.disabled ? "users.disabled" : "state.active")} /> },
          {
            key: "act",
            title: t("users.access"),
            render: (u) =>
              u.id !== me.user.id && (
                <Button size="compact-xs" variant="default" onClick={() => change.mutate({ id: u.id, body: { disabled: !u.disabled } })} aria-label={`${t(u.disabled ? "users.enable" : "users.disable")}: ${u.name}`}>
                  {t(u.disabled ? "users.enable" : "users.disable")}
                </Button>
              ),
          },
        ]}
      />
      <AddUser opened={adding} onClose={() => setAdding(false)} />
    </Stack>
  );
}

function AddUser({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("marketer");
  const create = useMutation({
    mutationFn: () => unwrap(api.POST("/api/admin/v1/users", { body: { email: email.trim(), name: name.trim(), role } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["users"] }),
    onError: (e) => notifications.show({ color: "red", message: e.message }),
  });
  const close = () => {
    create.reset();
    setEmail("");
    setName("");
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("users.add")} closeButtonProps={{ "aria-label": t("common.close") }}>
      {create.data ? (
        <Stack>
          <Alert color="yellow" title={create.data.password ? t("users.once") : t("users.added")}>
            {create.data.password ? t("users.onceText") : t("users.addedText")}
          </Alert>
          {create.data.password && (
            <Code block tabIndex={0}>
              {create.data.password}
            </Code>
          )}
          <Group justify="flex-end">
            <Button onClick={close}>{t("common.done")}</Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          <TextInput label={t("signIn.email")} type="email" required value={email} onChange={(e) => setEmail(e.currentTarget.value)} data-autofocus />
          <TextInput label={t("customers.name")} required value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <Select label={t("users.role")} allowDeselect={false} value={role} onChange={(r) => r && setRole(r as Role)} data={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("common.cancel")}
            </Button>
            <Button disabled={!email.includes("@") || name.trim() === ""} loading={create.isPending} onClick={() => create.mutate()}>
              {t("users.add")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
