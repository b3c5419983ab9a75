import type { Api } from '../../shared/api/contract.ts';
import type { DoctorView } from '../../shared/api/doctor-views.ts';
import type { Doctor } from '../doctor/doctor.ts';
import { type SurveyParts, survey } from '../doctor/survey.ts';

export interface DoctorParts extends SurveyParts {
  readonly doctor: Pick<Doctor, 'view' | 'run' | 'lastDialBack'>;
}

export function doctorApi(parts: DoctorParts): Pick<Api, 'doctor' | 'runDoctor'> {
  const view = (): DoctorView => ({ findings: survey(parts).findings, self: parts.doctor.view() });
  return {
    async doctor() {
      return view();
    },
    async runDoctor() {
      await parts.doctor.run();
      return view();
    },
  };
}
