// Names of picture folders in the languages of factories. A list is one text; a word of several parts is joined
// (`nichtinordnung`), as `fold` returns it.
import { fold } from './fold.js';

const list = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean).map(fold));

/** Good pictures, in any position of the name. */
export const GOOD = list(`
  good goods ok okay oks normal normals pass passed passes accept accepted acceptable approved nominal
  nondefective nondefect notdefective undefective defectfree nodefect nodefects withoutdefect withoutdefects nofault faultfree faultless flawless
  noanomaly noanomalies nonanomalous anomalyfree notanomalous nonanomaly undamaged notdamaged notbroken unbroken conforming compliant
  gut gute guter gutteil gutteile gutbild gutbilder inordnung fehlerfrei fehlerfreie fehlerlos einwandfrei mangelfrei maengelfrei defektfrei
  ohnefehler ohnedefekt unbeschädigt unbeschaedigt bestanden akzeptiert
  bon bons bonne bonnes conforme conformes accepté acceptés sansdéfaut sansdéfauts normaux
  bueno buenos buena buenas aceptado aceptados aceptada aceptadas aprobado aprobados sindefecto sindefectos normales
  buono buoni buona buone conformi accettato accettati senzadifetti senzadifetto normale normali
  aprovado aprovados aprovada semdefeito semdefeitos boas normais
  goed goede goedgekeurd normaal zonderfouten
  dobry dobre dobra prawidłowy prawidłowe prawidłowa poprawny poprawne bezwad bezvad bezvady shodný shodné dobrý dobré
  iyi sağlam kusursuz hatasız kabul
  godkänd godkända godkendt godkjent hyvä hyvät ehjä hibátlan megfelelő normális
  хорошо хорошие хороший норма нормальный нормальные годен годный годные исправный исправные
  良品 良 正常 正常品 合格 合格品 良好 ok品 好 好的 好品 无缺陷 無缺陷 欠陥なし 異常なし
  양품 정상 합격 양호
`);

/** Defective pictures, in any position of the name. */
export const BAD = list(`
  bad ng nok notok notokay nonok ko nogood notgood nongood abnormal abnormals abnormality abnormalities nonnormal unnormal notnormal
  anomaly anomalies anomalous anomalie anomalien fail failed fails failure failures reject rejects rejected rejection
  notaccepted notacceptable unacceptable unaccepted notpassed nopass disapproved
  defect defects defective defectives defected withdefect withdefects def faulty broken damaged damage damages flaw flaws flawed
  scrap scrapped nonconforming nonconformity noncompliant notconforming outlier outliers
  schlecht schlechte schlechter schlechtteil schlechtteile schlechtbild schlechtbilder nio nichtio nichtinordnung fehler fehlerhaft fehlerhafte
  fehlerteil fehlerteile fehlerbild fehlerbilder defekt defekte ausschuss ausschussteil ausschussteile kaputt beschädigt beschädigte
  beschaedigt beschaedigte mangelhaft mangelhafte mängel maengel abgelehnt nichtbestanden nichtgut nacharbeit
  mauvais mauvaise mauvaises nonconforme nonconformes pasbon défaut défauts défectueux défectueuse défectueuses rebut rebuts rejeté rejetés
  anormal anormaux endommagé
  malo malos mala malas defecto defectos defectuoso defectuosos defectuosa defectuosas rechazado rechazados rechazo noconforme noconformes
  anomalía anomalías anormales condefecto condefectos dañado dañados
  difetto difetti difettoso difettosi difettosa difettose  scarto scarti nonconformi anomalo anomali anomala anomale guasto guasti
  respinto respinti
  defeito defeitos defeituoso defeituosos reprovado reprovados rejeitado rejeitados nãoconforme nãoconformes anormais ruim ruins comdefeito
  slecht slechte afgekeurd afkeur kapot defecten afwijking afwijkingen beschadigd fout fouten
  zły złe zła wadliwy wadliwe wadliwa wada wady uszkodzony uszkodzone odrzucone odrzut odrzuty nieprawidłowy nieprawidłowe niepoprawne błędy
  vadný vadné vada vady špatný špatné zmetek zmetky neshodný neshodné poškozený poškozené chybný chybné
  kötü hatalı kusurlu bozuk arızalı reddedildi kusur hata anormallik
  dålig dåliga dårlig trasig kasserad underkänd underkända fejl feil kasseret huono viallinen vialliset hylätty rossz hibás selejt
  брак бракованный дефект дефекты дефектный плохо плохие плохой негоден негодный негодные неисправный
  不良 不良品 異常 异常 異常品 异常品 不合格 不合格品 欠陥 欠陥品 欠陥あり ng品 次品 缺陷 有缺陷 缺陷品 坏 坏的 壞 坏品 废品 廢品 瑕疵 瑕疵品 故障 非正常
  불량 불량품 비정상 이상 불합격 결함
`);

/** Good pictures if there is a folder of defective ones beside; otherwise possibly the name of a product or variant. */
export const MAYBE_GOOD = list(`
  io clean perfect healthy intact fine correct right regular standard reference golden sound whole
  heil bien correcto correcta god gode goda bra bun bune bom jo jó
`);

/** Defective pictures if there is a folder of good ones beside. */
export const MAYBE_BAD = list(`
  fault faults error errors wrong incorrect invalid dirty unhealthy imperfect novel irregular
  mangel casse cassé roto rotos rotto rotti rotte mal mau maus ret red brak braki hs vika virhe hiba rău
  falla fallas fallo fallos falha falhas cattivo cattivi
`);

/** Negations before a word for good: `nicht ok`; and after it: `iyi değil`. */
const NOT = list(`
  no not non isnot nicht kein keine keinen pas ne não nao niet geen nie není nincs inte ej icke ikke ei nem nu nije
  не нет 不 非 未 无 無 没 沒 不是 불 비 미 안
`);
const NOT_AFTER = list('değil 안됨 ではない じゃない');

/** Whether a folded text is a word for good with a negation: `nichtok`, `nobueno`, `未合格`. */
export function negatesGood(folded: string): boolean {
  const isGood = (text: string) => GOOD.has(text) || MAYBE_GOOD.has(text);
  for (const no of NOT)
    if (folded.startsWith(no) && isGood(folded.slice(no.length))) return !GOOD.has(folded);
  for (const no of NOT_AFTER) if (folded.endsWith(no) && isGood(folded.slice(0, -no.length))) return true;
  return false;
}

/** Whether a folded text means defective pictures. */
export const meansBad = (folded: string): boolean => BAD.has(folded) || negatesGood(folded);

/** Weaker words that form a pair if there is no stronger word beside them. */
export const WEAK_PAIRS: readonly (readonly [good: string, bad: string])[] = [
  ['clean', 'dirty'],
  ['correct', 'incorrect'],
  ['correct', 'wrong'],
  ['right', 'wrong'],
  ['valid', 'invalid'],
  ['healthy', 'unhealthy'],
  ['perfect', 'imperfect'],
  ['regular', 'irregular'],
  ['fine', 'fault'],
  ['bien', 'mal'],
  ['bom', 'mau'],
  ['bun', 'rau'],
];

/** Defect types that are not product names. */
export const KIND = list(`
  scratch scratches scratched crack cracks cracked dent dents dented stain stains stained contamination contaminated corrosion corroded
  deformation deformed crazing porosity spatter burr burrs chipping chipped discoloration misalignment misaligned
  rolledinscale pittedsurface missingpart missingparts missinghole wrongpart poke squeeze
  kratzer risse riss delle dellen beule verschmutzung korrosion verformung
  rayure rayures fissure fissures arañazo arañazos grieta grietas graffio graffi crepa crepe risco riscos krassen rysa rysy
  çizik çatlak 傷 キズ 划痕 裂纹 凹痕 스크래치
`);

/** Pairs with ambiguous meaning: `positive` is a defect for some and a good part for others. */
export const UNCLEAR = list(
  `positive positives negative negatives pos neg positiv negativ positif négatif positivo negativo yes no true false`,
);

/** Masks and drawn annotations. */
export const MASKS = list(`
  mask masks maske masken masque masques máscara máscaras maschera maschere masker maskers maska maski 
  groundtruth groundtruths gt gts segmentation segmentations segmentationclass segmentationobject segmentationclassraw
  segmentationclasspng segmentationclassvisualization segmentationobjectpng segmentationobjectvisualization
  segmentationclassnpy segm seg segs semanticmask semanticmasks instancemask instancemasks defectmask defectmasks
  binarymask binarymasks colormask colormasks trimap trimaps label labels labelmask labelmasks labelids lbl lbls labelled labeled
  annotation annotations annot annots anno annos annotated heatmap heatmaps overlay overlays visualization visualizations
  マスク 掩码 掩膜 遮罩 标注 標註 标签 アノテーション 마스크 라벨
`);

/** Folders that annotation programs write beside pictures. */
export const ANNOTATIONS = list(`
  label labels annotation annotations annot annots anno annos imagesets jsons json xml xmls bbox bboxes boundingboxes labelme coco yolo voc
`);

/** Pictures of any kind. */
export const PICTURES = list(`
  image images img imgs imagen imagenes imagem imagens immagine immagini bild bilder picture pictures pic pics photo photos foto fotos
  jpegimages original originals originalimages originale rgb color colour raw rawimages input inputs source frames afbeeldingen
  zdjecia obrazy görüntü görüntüler 图像 图片 圖片 画像 写真 이미지 사진
`);

/** Pictures to train on; to choose thresholds with; to test on. */
export const TRAIN = list(`train training trainset trainingset traindata trainingdata trn`);
export const VALIDATION = list(
  `val valid validation validate valset validationset valdata validationdata dev devset`,
);
export const TEST = list(`test testing tests testset testdata testingset eval evaluation`);

/** Words that carry no meaning about a folder's content. */
export const NEUTRAL = list(`
  part parts sample samples product products piece pieces item items object objects data dataset set class folder all new old
  front back side top bottom left right view cam camera teil teile produkt produkte stück pièce pièces pieza piezas pezzo pezzi
  shot shots the of von de
`);
