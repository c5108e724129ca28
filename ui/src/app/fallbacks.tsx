import { Button, Container } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState, LoadError } from "../components/page";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<IconCompassOff size={40} />} title={t("common.notFound")} action={<Button component="a" href="/" variant="default">{t("nav.home")}</Button>}>
      {t("common.notFoundHint")}
    </EmptyState>
  );
}

export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Container size="sm" py="xl">
      <LoadError error={error instanceof Error ? error : new Error(String(error))} onRetry={reset} />
    </Container>
  );
}
