import { Alert, Box, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

type HeaderProps = { title: string; lead?: ReactNode; actions?: ReactNode; back?: ReactNode };

/** The top of every page: one h1, a sentence, the actions. It also names the browser tab. */
export function PageHeader({ title, lead, actions, back }: HeaderProps) {
  useEffect(() => {
    document.title = `${title} · Sojourn`;
  }, [title]);
  return (
    <Box mb="lg">
      {back}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box style={{ flex: "1 1 280px", minWidth: 0 }}>
          <Title order={1}>{title}</Title>
          {lead && (
            <Text className="so-dim" size="sm" mt={4} component="div">
              {lead}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
    </Box>
  );
}

/** What an empty list says: what belongs here and what to do next. */
export function EmptyState({ icon, title, children, action }: { icon: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" py={48} px="md" gap="xs" ta="center">
      <Box className="so-dim" aria-hidden>
        {icon}
      </Box>
      <Text fw={600}>{title}</Text>
      {children && (
        <Text className="so-dim" size="sm" maw={460} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** The shape of what is coming, instead of a spinner. */
export function ListSkeleton({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" aria-busy="true" aria-label={t("common.loading")} role="status">
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** A failed load as a sentence with a way on. */
export function LoadError({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} title={t("common.loadFailed")} role="alert">
      <Text size="sm">{error.message}</Text>
      {onRetry && (
        <Button mt="sm" size="xs" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={onRetry}>
          {t("common.tryAgain")}
        </Button>
      )}
    </Alert>
  );
}
